"""One's own devices."""

from flask import Blueprint

from ... import payloads
from ...actions import sessions
from ...clock import now
from ...errors import Invalid, NotFound
from ...extensions import db
from ...ids import parse_id
from ...models import device
from .layer import SIGNED_IN, Body, route
from .replies import DeviceList, OneDevice

blueprint = Blueprint("api_devices", __name__)


class DeviceName(Body):
    """What to call it."""

    name: str


class Proof(Body):
    """One's password, once more."""

    current_password: str


class ProofForAnother(Body):
    """One's password, once more, unless it is the asking device that is signed out."""

    current_password: str | None = None


@route(blueprint, "GET", "/me/devices", who=SIGNED_IN, returns=DeviceList)
def list_devices(asker):
    """Where one is signed in, and one's tokens; last used first."""
    found = db.session.execute(device.alive(asker.user_id, now())).scalars()
    return {"devices": [payloads.device(one, asker.device_id) for one in found]}


@route(blueprint, "PATCH", "/me/devices/<device_id>", who=SIGNED_IN, body=DeviceName, returns=OneDevice)
def rename_device(asker, device_id, body):
    """Give one of one's devices another name."""
    return {"device": sessions.rename_device(asker.user_id, _id(device_id), body.name, asker.device_id)}


@route(blueprint, "DELETE", "/me/devices/<device_id>", who=SIGNED_IN, body=ProofForAnother, status=204)
def end_device(asker, device_id, body):
    """Sign out one of one's devices, or end a token."""
    if parse_id(device_id) == asker.device_id:
        sessions.sign_out(asker.user_id, asker.device_id)
    elif body.current_password is None:
        raise Invalid(errors={"current_password": "Your password is needed to sign out another device."})
    else:
        sessions.end_device(asker.user_id, _id(device_id), body.current_password)


@route(blueprint, "DELETE", "/me/devices", who=SIGNED_IN, body=Proof, status=204)
def end_other_devices(asker, body):
    """Sign out all of one's devices but the one that asks, tokens too."""
    sessions.end_others(asker.user_id, asker.device_id, body.current_password)


def _id(device_id):
    found = parse_id(device_id)
    if found is None:
        raise NotFound
    return found
