"""Every JSON door of an application with something good to put into it, for tests that try the doors one by one."""

import json
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from cast import PASSWORD

from chatapp.blueprints.api.openapi import declared_routes
from chatapp.extensions import db


@dataclass(frozen=True)
class Door:
    """One method of one path. ``body`` is a good body, or None when it takes none; ``query`` the model of its query, or None."""

    method: str
    path: str
    rule: str
    who: str
    body: dict | None
    query: type | None

    def __str__(self):
        return f"{self.method} {self.rule}"

    def open(self, person, data, content_type="application/json", query=""):
        """Return the reply to these bytes as the body."""
        return person.request(self.method, self.path + query, data=data, content_type=content_type)

    def send(self, person, body):
        """Return the reply to this body. ``\\ud800`` and NaN are written as JSON writers do that know no better."""
        return self.open(person, json.dumps(body).encode())


def doors(cast):
    """Return all doors, with the ids of things that Ana may reach in their paths."""
    ids = {
        "group_id": cast.den,
        "user_id": cast.ben.id,
        "device_id": str(uuid.uuid4()),
        "message_id": cast.ana.say("here first", group=cast.den)["id"],
        "invite_id": cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"],
    }
    bodies = good_bodies(cast, ids)
    found = []
    for rule, declaration in declared_routes(cast.app):
        path = rule.rule
        for name, value in ids.items():
            path = path.replace(f"<{name}>", value)
        body = bodies[declaration["body"].__name__] if declaration["body"] else None
        found += [Door(method, path, rule.rule, declaration["who"], body, declaration["query"]) for method in rule.methods - {"HEAD", "OPTIONS"}]
    return sorted(found, key=str)


def good_bodies(cast, ids):
    """Return {name of a body's model: a body that it takes, with every field}."""
    person = {"name": "Eve Lund", "username": "eve", "email": "eve@example.org", "password": PASSWORD}
    return {
        "Content": {"content": "later thoughts"},
        "DeviceName": {"name": "My laptop"},
        "Credentials": {"login": "ana", "password": PASSWORD},
        "GroupName": {"name": "The den"},
        "Heartbeat": {"device": "page-1", "active": True, "visible": True, "next": 25},
        "Leaving": {"device": "page-1"},
        "Mark": {"number": 0},
        "NewGroup": {"name": "Night shift", "member_ids": [cast.ben.id]},
        "NewInvite": {"expires_in": 3600},
        "NewMember": {"user_id": cast.dan.id},
        "NewMessage": {"client_id": str(uuid.uuid4()), "content": "hello"},
        "NewUser": {"invite": ids["invite_id"], **person},
        "Passwords": {"current_password": PASSWORD, "new_password": PASSWORD + " staple"},
        "Profile": {"name": "Ana S.", "username": "ana", "email": "ana@example.org"},
        "Privacy": {"last_seen_to": "groups", "last_seen_precision": "hour"},
        "Proof": {"current_password": PASSWORD},
        "ProofForAnother": {"current_password": PASSWORD},
        "Reset": {"token": "t" * 43, "new_password": PASSWORD},
        "Role": {"role": "member"},
        "ServerChange": {"invisible_allowed": True},
        "SetUp": {"token": "t" * 40, **person},
        "StatusChange": {
            "manual_status": "at lunch",
            "expires_at": "2100-01-01T00:00:00Z",
            "do_not_disturb_until": "2100-01-01T00:00:00Z",
            "invisible": False,
        },
        "TokenName": {"name": "a script"},
    }


def stored(app):
    """Return everything that is in the database, table by table."""
    with app.app_context(), db.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM "{name}"')))) for name in names}


def is_problem(reply, status=None):
    """Tell whether a reply is a refusal in the documented form, with this status if one is given."""
    body = reply.get_json(force=True, silent=True) or {}
    formed = reply.mimetype == "application/problem+json" and body.get("status") == reply.status_code and bool(body.get("code"))
    return formed and (400 <= reply.status_code < 500 if status is None else reply.status_code == status)
