"""Signs of life, and what is to be seen of them."""

import contextlib
import time

import sqlalchemy as sa

from chatapp.database.prepared import Prepared
from chatapp.extensions import db
from chatapp.jobs import flusher
from chatapp.models import UserStatus

FIELDS = (
    "manual_status",
    "auto_status",
    "invisible",
    "last_seen",
    "devices",
    "updated_at",
    "public_last_seen",
    "manual_status_expires_at",
    "tidied_at",
)


def beat(person, page="page1", *, active=True, promised=25, status=200):
    """Let a page of a person's device report; return what it is answered."""
    return person.post("/api/heartbeat", {"device": page, "active": active, "visible": True, "next": promised}, status)


def leave(person, page="page1"):
    """Let a page say that it closes."""
    person.post("/api/heartbeat/leave", {"device": page}, 204)


def flush(app):
    """Write what a worker remembers of beats, as its flusher does."""
    flusher.flush(app)


def seen(asker, person):
    """Return a person's auto_status as another sees it now, the same by every door that tells it."""
    answers = [asker.get(f"/api/presence?users={person.id}")["presence"][0]]
    answers.append(asker.get(f"/api/users/{person.id}")["user"])
    answers += [one for one in asker.get("/api/state")["users"] if one["id"] == person.id]
    answers += [one["user"] for one in asker.get(f"/api/groups/{primary(asker)}/members")["members"] if one["user_id"] == person.id]
    statuses = [one["auto_status"] for one in answers]
    assert statuses == statuses[:1] * 4, answers
    return statuses[0]


def primary(asker):
    """Return the id of the group that everybody is in."""
    return asker.get("/api/groups")["groups"][0]["id"]


def heard(asker, cursor):
    """Return [(person, auto_status), …] of each presence.changed after a cursor."""
    events = [one["data"]["presence"] for one in asker.updates(cursor)["events"] if one["kind"] == "presence.changed"]
    return [sorted((one["user_id"], one["auto_status"]) for one in people) for people in events]


def row(app, person):
    """Return a person's user_status as it is stored."""
    with app.app_context():
        status = db.session.execute(sa.select(UserStatus).where(UserStatus.user_id == person.id)).scalar_one()
        return {name: getattr(status, name) for name in FIELDS}


@contextlib.contextmanager
def statements(app):
    """Yield a list of every SQL statement that an application runs in the block."""
    noted = []
    with app.app_context():
        engines = list(db.engines.values())

    def note(_connection, _cursor, statement, *_):
        noted.append(statement)

    def form_noted(prepared, dialect):
        if dialect in [engine.dialect for engine in engines]:
            noted.append(form(prepared, dialect).text)
        return form(prepared, dialect)

    form, Prepared.form = Prepared.form, form_noted  # the driver runs these: SQLAlchemy tells nobody
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        Prepared.form = form
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def until(condition, seconds=15):
    """Return what ``condition`` returns as soon as that is true; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.02)
    return found
