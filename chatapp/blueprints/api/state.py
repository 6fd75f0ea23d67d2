"""The snapshot that a page starts from."""

from flask import Blueprint, current_app

from ... import snapshots
from ...extensions import one_snapshot
from .layer import SIGNED_IN, route
from .replies import State

blueprint = Blueprint("api_state", __name__)


@route(blueprint, "GET", "/state", who=SIGNED_IN, returns=State)
@one_snapshot()
def get_state(asker):
    """Everything a page needs to start, with the cursor to go on from."""
    # Of one snapshot: what the state does not show yet comes after its cursor, and nothing that it shows is lost or half there.
    epoch, position = snapshots.newest_position()
    return {**snapshots.state(asker.user_id), "cursor": current_app.extensions["feed"].seal.seal(epoch, position)}
