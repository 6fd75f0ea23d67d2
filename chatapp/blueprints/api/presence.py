"""Presence: beats in, what others may see out."""

from typing import Annotated

from flask import Blueprint, current_app
from pydantic import Field

from ... import snapshots
from ...actions import presence
from ...json_text import JsonText
from ...presence.beats import page_key
from ...rules.last_seen import EVERYONE, EXACT
from ...rules.presence import HIDDEN_BEAT_SECONDS, MAX_PROMISE_SECONDS, VISIBLE_BEAT_SECONDS
from .inputs import Moment, PageId, read_ids
from .layer import SIGNED_IN, Body, Query, route
from .replies import Beat, OneMe, PresenceList
from .schemas import Audience, Precision

blueprint = Blueprint("api_presence", __name__)


class Heartbeat(Body):
    """``device``: this page's id, made at its load. ``active``: there was input since the last beat. ``next``: seconds until
    the next beat that the page promises."""

    device: PageId
    active: bool
    visible: bool
    next: Annotated[float, Field(gt=0, le=86_400)] = VISIBLE_BEAT_SECONDS


class Leaving(Body):
    """The page that closes."""

    device: PageId


class StatusChange(Body):
    """What to change; what is absent stays, null clears."""

    manual_status: str | None = None
    expires_at: Moment | None = None
    do_not_disturb_until: Moment | None = None
    invisible: bool = False


class Privacy(Body):
    """Who may see when one was last here, and how exactly; what is absent stays."""

    last_seen_to: Audience = EVERYONE
    last_seen_precision: Precision = EXACT


class PresenceQuery(Query):
    """``users``: up to 200 ids with commas between. ``since``: a cursor; the answer is not older than what it has seen."""

    opaque = frozenset({"since"})
    users: str
    since: str | None = None


@route(blueprint, "POST", "/heartbeat", who=SIGNED_IN, body=Heartbeat, returns=Beat)
def beat(asker, body):
    """Report that a page lives and whether its person does something."""
    beats = current_app.extensions["beats"]
    entry, urgent = beats.report(asker, body.device, active=body.active, promised=min(body.next, MAX_PROMISE_SECONDS))
    if urgent:
        status, stored = presence.report_beat(asker.user_id, asker.device_id, body.device, entry)
        beats.learn(asker, body.device, stored)
    else:
        status = beats.status(asker.user_id)
    return {"auto_status": status, "next": VISIBLE_BEAT_SECONDS if body.visible else HIDDEN_BEAT_SECONDS}


@route(blueprint, "POST", "/heartbeat/leave", who=SIGNED_IN, body=Leaving, status=204)
def leave(asker, body):
    """Report that a page closes."""
    heard = current_app.extensions["beats"].forget(asker.user_id, page_key(asker, body.device))
    presence.leave_page(asker.user_id, asker.device_id, body.device, heard)


@route(blueprint, "GET", "/presence", who=SIGNED_IN, query=PresenceQuery, returns=PresenceList)
def list_presence(asker, query):
    """The presence of people as the asker may see it now."""
    people = current_app.extensions["recent"].presence(read_ids(query.users), asker.user_id, query.since)
    return JsonText(f'{{"presence":[{",".join(people)}]}}')


@route(blueprint, "PUT", "/me/status", who=SIGNED_IN, body=StatusChange, returns=OneMe)
def set_status(asker, body):
    """Change one's status text, its end, until when one is not to be disturbed, or one's visibility."""
    presence.set_status(asker.user_id, **{name: getattr(body, name) for name in body.model_fields_set})
    return {"me": snapshots.me(asker.user_id)}


@route(blueprint, "PUT", "/me/privacy", who=SIGNED_IN, body=Privacy, returns=OneMe)
def set_privacy(asker, body):
    """Change who may see when one was last here."""
    presence.set_privacy(asker.user_id, **{name: getattr(body, name) for name in body.model_fields_set})
    return {"me": snapshots.me(asker.user_id)}
