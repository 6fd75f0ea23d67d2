"""From a deed to the log: events are collected during a transaction and written as the last thing before its commit.

A number from a plain sequence is taken before the commit that shows it, so a reader that remembers the highest number
it saw would pass over a slower neighbour for ever. Here positions are taken under a lock that is held to the commit:
they become visible in their order, and `position > cursor` is safe. Being last keeps the lock short. On SQLite there is
one writer anyway.
"""

import json
from dataclasses import dataclass

import sqlalchemy as sa

from ..clock import now
from ..database.prepared import Prepared
from ..extensions import db
from ..json_text import json_text
from ..models import Event
from .kinds import KINDS

POSITION_LOCK = 0x63686174  # any fixed number; "chat" in ASCII
LOCK = Prepared(sa.select(sa.func.pg_advisory_xact_lock(sa.literal_column(str(POSITION_LOCK))).label("held")))
COLUMNS = ("kind", "group_id", "user_id", "other_user_id", "message_id", "body", "created_at")
WRITE = Prepared(sa.insert(Event.__table__).values({name: sa.bindparam(name) for name in COLUMNS}).inline())


@dataclass(frozen=True)
class Audience:
    """Who gets an event: the members of a group, up to two people, or all of these."""

    group_id: str | None = None
    user_id: str | None = None
    other_user_id: str | None = None


def to_group(group_id, user_id=None):
    """Return the audience of a group's members (and of one more person)."""
    return Audience(group_id=group_id, user_id=user_id)


def to_user(user_id):
    """Return the audience of one person."""
    return Audience(user_id=user_id)


def to_pair(user_id, other_user_id):
    """Return the audience of two people, or of one with themself."""
    return Audience(user_id=user_id, other_user_id=None if other_user_id == user_id else other_user_id)


def publish(kind, audience, *, message_id=None, **data):
    """Add an event to the current transaction. The data is rendered now and is the same for every viewer.

    Raises KeyError for an unknown kind and ValueError for data that is not what the kind promises.
    """
    if tuple(sorted(data)) != tuple(sorted(KINDS[kind])):
        raise ValueError(f"{kind} carries {KINDS[kind]}, not {tuple(data)}")
    _pending().append(
        {
            "kind": kind,
            "group_id": audience.group_id,
            "user_id": audience.user_id,
            "other_user_id": audience.other_user_id,
            "message_id": message_id,
            "body": render(kind, data),
        }
    )


def render(kind, data):
    """Return an event as the JSON text that clients get."""
    return json_text({"kind": kind, "data": data})


def blank_earlier(message_id):
    """Take a message's text out of its events so far: what was edited away or deleted is not to be read from the log."""
    rows = db.session.execute(sa.select(Event.position, Event.body).where(Event.message_id == message_id)).all()
    for position, body in rows:
        db.session.execute(sa.update(Event).where(Event.position == position).values(body=blanked(body)))


def blanked(body):
    """Return an event's JSON text with its message's content emptied."""
    event = json.loads(body)
    event["data"]["message"]["content"] = ""
    return render(event["kind"], event["data"])


def put_off(prepared, values):
    """Let a Prepared statement run right before the events are written: on PostgreSQL it then needs no way of its own."""
    _put_off().append((prepared, values))


def last_statements(connection):
    """Return (the kinds of the collected events, the last statements of the transaction): what was put off, then the events with
    their positions."""
    events, at = _pending(), now()
    lock = [(LOCK, {})] if events and connection.dialect.name == "postgresql" else []
    log = [*lock, *((WRITE, {**event, "created_at": at}) for event in events)]
    return {event["kind"] for event in events}, [*_put_off(), *log]


def forget_events():
    """Drop what was collected: the transaction is given up, or written."""
    _pending().clear()
    _put_off().clear()


def _put_off():
    return db.session().info.setdefault("put off", [])


def _pending():
    return db.session().info.setdefault("events", [])
