"""The named cast of the tests. Ana runs the server and owns the den; Ben and Cleo are in it; Dan is not."""

import json
import uuid

import sqlalchemy as sa

from chatapp.actions.transaction import transaction
from chatapp.blueprints.api.replies import Problem
from chatapp.clock import from_seconds, now, seconds
from chatapp.extensions import db
from chatapp.models import Device, Group, GroupMember, User, group
from chatapp.passwords import CHEAP
from chatapp.updates import token_hash

YEAR = 365 * 24 * 3600
PASSWORD = "correct horse battery"
HASHED = CHEAP.hash(PASSWORD)


class Person:
    """Somebody who is signed in with a token, and talks to one application as a script would."""

    def __init__(self, app, user_id, token, device_id):
        self.app, self.id, self.token, self.device_id = app, user_id, token, device_id

    def at(self, app):
        """Return the same person on the same device, talking to another worker."""
        return Person(app, self.id, self.token, self.device_id)

    def request(self, method, path, body=None, **more):
        """Return the reply to one request."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        if body is not None:
            more |= {"data": json.dumps(body, ensure_ascii=False).encode(), "content_type": "application/json"}  # as browsers write it
        return self.app.test_client().open(path, method=method, headers=headers, **more)

    def get(self, path, status=200):
        return self._checked("GET", path, None, status)

    def post(self, path, body=None, status=201):
        return self._checked("POST", path, {} if body is None else body, status)

    def put(self, path, body, status=200):
        return self._checked("PUT", path, body, status)

    def patch(self, path, body, status=200):
        return self._checked("PATCH", path, body, status)

    def delete(self, path, status=204):
        return self._checked("DELETE", path, None, status)

    def say(self, content, *, group=None, to=None, client_id=None, status=201):
        """Send a message to a group's or a person's id; return its JSON, or None when it is refused."""
        path = f"/api/groups/{group}/messages" if group else f"/api/users/{to}/messages"
        return self.post(path, {"client_id": client_id or str(uuid.uuid4()), "content": content}, status).get("message")

    def cursor(self):
        """Return a cursor that stands at what is stored now."""
        return self.get("/api/state")["cursor"]

    def updates(self, cursor, status=200):
        """Return a short poll's answer after this worker's tail has looked."""
        self.app.extensions["feed"].look()
        return self.get(f"/api/updates?since={cursor}", status)

    def kinds(self, cursor):
        """Return the kinds of what happened after a cursor."""
        return [event["kind"] for event in self.updates(cursor)["events"]]

    def _checked(self, method, path, body, status):
        reply = self.request(method, path, body)
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.get_data(as_text=True)[:500]}"
        found = json.loads(reply.data) if reply.data else None
        self._keep_promise(method, path, reply, found)
        return found

    def _keep_promise(self, method, path, reply, found):
        """Check a reply against what the route documents."""
        if reply.status_code >= 400:
            assert reply.mimetype == "application/problem+json"
            Problem.model_validate(found)
            return
        endpoint, _ = self.app.url_map.bind("localhost").match(path.partition("?")[0], method)
        declaration = self.app.view_functions[endpoint].declaration
        if declaration["returns"] is None:
            assert reply.status_code == 204 and found is None
        else:
            declaration["returns"].model_validate(found)


class Cast:
    """Everybody, and the ids of the two groups: the hall (primary) and the den."""

    def __init__(self, app):
        self.app = app
        with app.app_context():
            self.ana = self.add("ana", "Ana Sousa")
            self.ben = self.add("ben", "Ben Okoro")
            self.cleo = self.add("cleo", "Cleo Marsh")
            self.dan = self.add("dan", "Dan Weiss")
            self.hall = db.session.execute(group.primary()).scalar_one().id
            with transaction():
                mine = sa.update(GroupMember).where(GroupMember.user_id == self.ana.id, GroupMember.group_id == self.hall)
                db.session.execute(mine.values(role="owner"))
            self.den = self.group("den", self.ana, self.ben, self.cleo)

    def add(self, username, name):
        """Return a new person with a token device, made without the doors that have tests of their own."""
        with self.app.app_context(), transaction():
            user = User(name=name, username=username, email=f"{username}@example.org", password=HASHED)
            db.session.add(user)
            db.session.flush()
            return self._device(user.id)

    def again(self, person):
        """Return the same person on one more device."""
        with self.app.app_context(), transaction():
            return self._device(person.id)

    def _device(self, user_id):
        token = f"token-{uuid.uuid4()}"
        lasts = {"created_at": now(), "expires_at": from_seconds(seconds() + YEAR)}
        device = Device(user_id=user_id, kind="token", name="script", token_hash=token_hash(token), **lasts)
        db.session.add(device)
        db.session.flush()
        return Person(self.app, user_id, token, device.id)

    def group(self, name, owner, *members):
        """Return the id of a new group."""
        with self.app.app_context(), transaction():
            created = Group(name=name)
            db.session.add(created)
            db.session.flush()
            for one in (owner, *members):
                db.session.add(GroupMember(user_id=one.id, group_id=created.id, role="owner" if one is owner else "member"))
            return created.id
