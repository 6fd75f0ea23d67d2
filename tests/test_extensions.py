"""What several statements read is of one instant."""

import contextlib
import threading

import pytest
import sqlalchemy as sa
from follower import follow

from chatapp import access, snapshots
from chatapp.extensions import db, one_snapshot
from chatapp.models import conversation, group_member, invite

# What is asked; before which of its questions something happens; and what.
DOORS = {
    "state": ("/api/state", snapshots, "own_directs", lambda cast: much(cast)),
    "history": ("/api/groups/{den}/messages", conversation, "last_number", lambda cast: cast.ana.say("two", group=cast.den)),
    "direct history": ("/api/users/{ana}/messages", conversation, "last_number", lambda cast: cast.ana.say("two", to=cast.ben.id)),
    "group": ("/api/groups/{den}", snapshots, "own_groups", lambda cast: remove(cast, cast.ben)),
    "groups": ("/api/groups", snapshots, "_members_of", lambda cast: remove(cast, cast.cleo)),
    "members": ("/api/groups/{den}/members", snapshots, "member_page", lambda cast: cast.ana.delete(f"/api/groups/{cast.den}")),
    "invites": ("/api/groups/{den}/invites", invite, "usable_of", lambda cast: invited(cast)),
    "preview": ("/api/invites/{invite}", group_member, "count", lambda cast: remove(cast, cast.cleo)),
    "me": ("/api/me", access, "primary_group", lambda cast: cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ben.id}", {"role": "owner"})),
    "people": ("/api/users?search=cleo", snapshots, "people", lambda cast: cast.cleo.patch("/api/me", {"name": "Cleopatra"})),
    "person": ("/api/users/{ana}", snapshots, "people", lambda cast: cast.ana.patch("/api/me", {"name": "Anastasia"})),
}


def remove(cast, person):
    cast.ana.delete(f"/api/groups/{cast.den}/members/{person.id}")


def invited(cast):
    return cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]


def much(cast):
    cast.dan.say("hello", to=cast.ben.id)
    cast.cleo.patch("/api/me", {"name": "Cleopatra"})
    remove(cast, cast.cleo)
    cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ben.id}", {"role": "owner"})


@pytest.mark.parametrize("door", DOORS)
def test_an_answer_is_of_one_instant_whatever_happens_meanwhile(cast, monkeypatch, door):
    path, module, question, deed = DOORS[door]
    cast.ana.say("one", group=cast.den)
    cast.ana.say("one", to=cast.ben.id)
    path = path.format(den=cast.den, ana=cast.ana.id, invite=invited(cast))
    ask, happened = getattr(module, question), []

    def asking(*arguments, **more):
        if not happened:
            happened.append(True)
            meeting = threading.Thread(target=deed, args=(cast,))  # a request of its own
            meeting.start()
            meeting.join()
        return ask(*arguments, **more)

    before = cast.ben.get(path)
    with monkeypatch.context() as patched:
        patched.setattr(module, question, asking)
        meanwhile = cast.ben.get(path)
    assert happened
    assert {**meanwhile, "cursor": None} == {**before, "cursor": None}
    if door == "state":
        followed, fresh = follow(cast.ben, meanwhile)
        assert followed == fresh


def test_a_connection_that_read_one_instant_goes_back_as_it_was(cast):
    def kept():
        if db.engine.dialect.name == "sqlite":
            return db.session.execute(sa.text("PRAGMA query_only")).scalar_one()
        return [db.session.execute(sa.text(f"SHOW transaction_{name}")).scalar_one() for name in ("isolation", "read_only")]

    with cast.app.app_context():
        db.session.rollback()
        db.engine.dispose()
        before = kept()
        for ends_well in (True, False):
            with contextlib.suppress(AssertionError), one_snapshot():
                inside = kept()
                assert ends_well
            assert inside == (["repeatable read", "on"] if db.engine.dialect.name == "postgresql" else before)
            assert kept() == before
            db.session.rollback()
            assert db.engine.pool.checkedin() == 1, "it was another connection"
    cast.ben.get("/api/state")
    cast.ben.say("I write on it", group=cast.den)
