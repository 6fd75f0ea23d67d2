"""One's own devices."""

from flask import Blueprint

from ... import payloads
from ...actions import sessions
from ...clock import now
from ...errors import NotFound
from ...extensions import db
from ...ids import parse_id
from ...models import device
from .layer import SIGNED_IN, route
from .schemas import DeviceList

blueprint = Blueprint("api_devices", __name__)


@route(blueprint, "GET", "/me/devices", who=SIGNED_IN, returns=DeviceList)
def list_devices(asker):
    """Where one is signed in, and one's tokens; last used first."""
    found = db.session.execute(device.alive(asker.user_id, now())).scalars()
    return {"devices": [payloads.device(one, asker.device_id) for one in found]}


@route(blueprint, "DELETE", "/me/devices/<device_id>", who=SIGNED_IN, status=204)
def end_device(asker, device_id):
    """Sign out one of one's devices, or end a token."""
    if parse_id(device_id) is None:
        raise NotFound
    sessions.sign_out(asker.user_id, parse_id(device_id))
