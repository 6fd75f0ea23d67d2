"""Many people in groups of fifty, as rows: made in seconds, before the server runs."""

import contextlib
import itertools
import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from databases import SETTINGS, close

from chatapp import create_app
from chatapp.clock import now
from chatapp.database.trips import commit
from chatapp.extensions import db, writing
from chatapp.models import Device, Group, GroupMember, User
from chatapp.updates import token_hash

ROOM = 50


@dataclass(frozen=True)
class Person:
    """Somebody with a token, in one group (beside the primary one, which everybody is in)."""

    id: str
    token: str
    group: str


def build(url, instance, size, room=ROOM, more=None):
    """Fill an empty database with so many people in groups of ``room``. Returns a list of Person. ``more(people, at)`` yields
    further (model, rows), stored last."""
    app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)})
    groups = [str(uuid.uuid4()) for _ in range(-(-size // room))]
    people = [Person(str(uuid.uuid4()), f"token-{number}", groups[number // room]) for number in range(size)]
    with app.app_context():
        at = now()
        with writing() as connection:
            for table, rows in itertools.chain(_rows(people, groups, at), more(people, at) if more else ()):
                connection.execute(sa.insert(table.__table__), rows)
            commit(connection, [])
        db.session.remove()
        if db.engine.dialect.name == "postgresql":  # as autovacuum does within a minute
            with contextlib.closing(db.engine.raw_connection()) as raw:
                raw.cursor().execute("VACUUM ANALYZE")
    close(app)
    return people


def membership(person, group, at):
    """Return the row of a person's membership in a group."""
    return {"id": str(uuid.uuid4()), "user_id": person.id, "group_id": group, "joined_at": at, "role": "member", "read_mark": 0}


def _rows(people, groups, at):
    name = {one.id: f"person{number}" for number, one in enumerate(people)}
    yield (
        User,
        [
            {"id": one, "name": called, "username": called, "email": f"{called}@example.org", "password": "!", "created_at": at, "updated_at": at}
            for one, called in name.items()
        ],
    )
    yield Group, [{"id": one, "name": f"group {one[:8]}", "created_at": at, "is_primary": False} for one in groups]
    yield (
        GroupMember,
        [membership(one, one.group, at) for one in people],
    )
    yield (
        Device,
        [
            {
                "id": str(uuid.uuid4()),
                "user_id": one.id,
                "kind": "token",
                "name": "bench",
                "token_hash": token_hash(one.token),
                "created_at": at,
                "last_used_at": at,
                "expires_at": at + timedelta(days=30),
            }
            for one in people
        ],
    )
