"""The snapshot that a page starts from."""

from flask import Blueprint, current_app

from ... import snapshots
from .layer import SIGNED_IN, route
from .schemas import State

blueprint = Blueprint("api_state", __name__)


@route(blueprint, "GET", "/state", who=SIGNED_IN, returns=State)
def get_state(asker):
    """Everything a page needs to start, with the cursor to go on from."""
    # The cursor first: events between it and the snapshot come again, which does no harm; missed ones would.
    epoch, position = snapshots.newest_position()
    return {**snapshots.state(asker.user_id), "cursor": current_app.extensions["feed"].seal.seal(epoch, position)}
