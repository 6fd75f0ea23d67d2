"""The poll. No SQL and no loading of a user while the cursor is inside the window."""

from typing import Annotated

from flask import Blueprint, Response, current_app, request
from pydantic import Field

from ...identity import token
from ...updates import poll
from .inputs import PageId
from .layer import SIGNED_IN, Query, route
from .schemas import Updates

blueprint = Blueprint("api_updates", __name__)


class UpdatesQuery(Query):
    """``wait`` in seconds; ``device`` names the asking page and makes the poll a beat of it."""

    opaque = frozenset({"since"})
    since: str
    wait: Annotated[float, Field(ge=0, le=poll.MOST_WAIT_SECONDS)] = 0
    stream: bool = False
    device: PageId | None = None


@route(blueprint, "GET", "/updates", who=SIGNED_IN, query=UpdatesQuery, returns=Updates)
def get_updates(asker, query):
    """What happened after a cursor: at once, held until something happens, or a stream of such answers, one a line."""
    feed = current_app.extensions["feed"]
    if query.device:
        current_app.extensions["beats"].heard(asker, query.device)
    # A server without threads must not hold a poll: it would hold up everybody else.
    wait = query.wait if request.environ["wsgi.multithread"] else 0
    if query.stream and wait:
        return _streamed(poll.stream(feed, token(), query.since, wait, query.device))
    batch = poll.answer(feed, token(), query.since, wait, query.device)
    return Response(batch.json(), mimetype="application/json")


def _streamed(batches):
    first = next(batches)  # errors of the first look are still an ordinary reply
    lines = (batch.json() + "\n" for batch in _chain(first, batches))
    return Response(lines, mimetype="application/x-ndjson", headers={"X-Accel-Buffering": "no"})


def _chain(first, rest):
    yield first
    yield from rest
