"""The poll. No SQL and no loading of a user while the cursor is inside the window."""

from contextlib import closing
from itertools import chain
from typing import Annotated

from flask import Blueprint, Response, current_app, request
from pydantic import Field

from ...identity import token_in
from ...updates import poll
from .inputs import PageId
from .layer import SIGNED_IN, Query, route
from .replies import Updates

blueprint = Blueprint("api_updates", __name__)
STREAM_TYPE = "application/x-ndjson"
STREAM_HEADERS = {"X-Accel-Buffering": "no"}  # nginx would keep the lines until it has a buffer full of them


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
    answer = told(current_app, asker, token_in(request.environ, current_app.config), query, holds=request.environ["wsgi.multithread"])
    if isinstance(answer, poll.Batch):
        return Response(answer.json(), mimetype="application/json")
    return Response(answer, mimetype=STREAM_TYPE, headers=STREAM_HEADERS)


def told(app, asker, token, query, *, holds, open_answer=None):
    """Return a poll's answer: a Batch, or the encoded lines of a stream.

    ``holds``: whether the server may hold a poll; one without threads would hold up everybody else. ``open_answer``: what may
    take a stream's lines at once. Raises Unauthorized, BadCursor, Resync, Unavailable.
    """
    feed, wait = app.extensions["feed"], query.wait if holds else 0
    if query.device:
        app.extensions["beats"].heard(asker, query.device)
    if not (query.stream and wait):
        return poll.answer(feed, token, query.since, wait, query.device)
    batches = poll.stream(feed, token, query.since, wait, query.device, open_answer)
    first = next(batches)  # errors of the first look are still an ordinary reply
    return _lines(first, batches)


def _lines(first, batches):
    with closing(batches):
        for batch in chain((first,), batches):
            yield batch.line()
