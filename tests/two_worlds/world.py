"""A world: one database with two workers on it, whose clock and whose chance are given."""

import os
import random
import secrets
import types
from contextlib import contextmanager

import sqlalchemy as sa
from cast import PASSWORD, Cast, Person
from databases import SETTINGS, close
from outside import Outside

from chatapp import create_app, ids
from chatapp.actions import presence
from chatapp.actions.transaction import transaction
from chatapp.clock import clock, now
from chatapp.extensions import db
from chatapp.jobs import flusher
from chatapp.models import Group, User

LONG_AGO = 40 * 24 * 3600  # seconds: so that what the database stamps by its own clock lies behind all that happens here
STAND_IN = "00000000-0000-7000-8000-000000000001"  # for the id of the primary group, which each database makes for itself


@contextmanager
def given_chance(monkeypatch, start):
    """Yield (clock, chance): a list whose sum is the time of every application here, and the generator that all keys, tokens
    and nonces come from. Each act begins it anew, so that one act more or less changes nothing of later ones."""
    times, chance = [start - LONG_AGO], random.Random(0)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "seconds", lambda: sum(times))
        patch.setattr(os, "urandom", chance.randbytes)
        patch.setattr(secrets, "token_bytes", lambda count=None: chance.randbytes(count or 32))
        patch.setattr(ids, "time", types.SimpleNamespace(time_ns=lambda: int(sum(times) * 1e9)))
        yield times, chance


class Observer:
    """Somebody who looks. ``person`` is None for who is not signed in."""

    def __init__(self, name, person, cookie=False):
        self.name, self.person, self.cookie, self.cursor = name, person, cookie, None

    def ask(self, app, method, path, body=None):
        """Return the reply to one request at a worker."""
        headers = {}
        if self.person is not None:
            headers = {"Cookie": f"chatapp={self.person.token}"} if self.cookie else {"Authorization": f"Bearer {self.person.token}"}
        return app.test_client().open(path, method=method, headers=headers, json=body, buffered=True)


class World:
    """The target, those who observe, and what they have in common."""

    def __init__(self, url, folder, times, chance):
        self.times, self._chance, self.outside = times, chance, Outside(url)
        self.seed("built")
        self.apps = [create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(folder)}) for _ in range(2)]
        self._build()
        self._woken = ([], [])
        for app, woken in zip(self.apps, self._woken, strict=True):
            self._note_wakes(app.extensions["feed"].waiters, woken)
        for observer in self.observers:
            if observer.person is not None and observer.name != "deactivated":
                observer.cursor = observer.person.cursor()

    def _build(self):
        cast = Cast(self.apps[0])
        self.hall, self.owner = cast.hall, cast.ana
        add = cast.add
        self.target, friend, partner = add("tess", "Tess Target"), add("fred", "Fred Friend"), add("pia", "Pia Partner")
        stranger, closed, self.bystander, script = add("stan", "Stan"), add("dora", "Dora"), add("bo", "Bo"), add("tobot", "Tobot")
        self.laptop = cast.again(self.target)
        self.den = cast.group("twilight", friend, self.target, closed)
        self.yard = cast.group("yard", script, self.target)
        self.target.say("hello", to=partner.id)
        self.target.say("hello", group=self.den)
        self.said = [friend.say("hello", group=self.den)["id"] for _ in range(10)][0]
        self.invite = friend.post(f"/api/groups/{self.den}/invites", {"expires_in": 7 * 24 * 3600})["invite"]["id"]
        cast.ana.post(f"/api/users/{closed.id}/deactivation", {}, 200)
        with self.apps[0].app_context(), transaction():  # what the database stamped by its own clock
            db.session.execute(sa.update(User).values(updated_at=User.created_at))
            db.session.execute(sa.update(Group).where(Group.is_primary).values(created_at=now()))
        self.observers = [
            Observer("friend", friend),
            Observer("partner", partner, cookie=True),
            Observer("stranger", stranger, cookie=True),
            Observer("deactivated", closed),
            Observer("anonymous", None),
            Observer("token", script),
            Observer("owner", cast.ana, cookie=True),
        ]

    def seed(self, *what):
        """Begin chance anew for an act."""
        self._chance.seed(repr(what))

    def later(self, seconds):
        """Let time pass."""
        self.times.append(seconds)

    def elsewhere(self, app):
        """Return the target on one more device, signed in by password."""
        reply = app.test_client().post("/api/session", json={"login": "tess", "password": PASSWORD})
        token = reply.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        return Person(app, self.target.id, token, None)

    def jobs_run(self):
        """Let both workers write their beats and the jobs of presence run."""
        for app in self.apps:
            flusher.flush(app)
        with self.apps[1].app_context():
            presence.decay_presence()
            presence.tidy_statuses()
        self.look()

    def look(self):
        """Let both tails look, as they do as soon as something is committed."""
        for app in self.apps:
            app.extensions["feed"].look()

    def wakes(self):
        """Return, for each worker, how often it woke the polls of each observer since the last time."""
        self.look()
        found = []
        for app, woken in zip(self.apps, self._woken, strict=True):
            keys = {one.name: set(app.extensions["feed"].keys(one.person.id)) for one in self.observers if one.person is not None}
            found.append({name: sum(bool(own & told) for told in woken) for name, own in keys.items()})
            woken.clear()
        return found

    def _note_wakes(self, waiters, woken):
        tell = waiters.tell

        def noted(keys):
            woken.append(set(keys))
            return tell(keys)

        waiters.tell = noted

    def close(self):
        """End both workers."""
        for app in self.apps:
            close(app)
        self.outside.engine.dispose()
