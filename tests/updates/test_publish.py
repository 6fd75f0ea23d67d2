"""Events: written with the deed or not at all, visible in the order of their positions."""

import threading
import time

import pytest
import sqlalchemy as sa

from chatapp.actions.transaction import transaction
from chatapp.extensions import db, writing_engine
from chatapp.models import Event
from chatapp.updates import publish, to_group, to_user


def count(app):
    with app.app_context():
        return db.session.execute(sa.select(sa.func.count()).select_from(Event)).scalar_one()


def test_a_deed_that_fails_publishes_nothing(cast):
    def fail():
        with transaction():
            publish("group.deleted", to_user(cast.ana.id), group_id=cast.den)
            raise RuntimeError

    before = count(cast.app)
    with cast.app.app_context():
        with pytest.raises(RuntimeError):
            fail()
        with transaction():
            pass
    assert count(cast.app) == before


def test_an_event_carries_exactly_what_its_kind_promises(cast):
    with cast.app.app_context():
        with pytest.raises(ValueError, match="carries"), transaction():
            publish("group.deleted", to_user(cast.ana.id), group="x")
        with pytest.raises(KeyError), transaction():
            publish("group.vanished", to_user(cast.ana.id), group_id="x")


def test_a_deed_that_is_slow_to_commit_is_not_passed_over(cast, second_app, monkeypatch):
    """The first deed has its position and dawdles before its commit; the second one may not become visible before it.
    A reader that follows all the while must see both: with positions from a plain sequence it would lose the first."""
    feed = cast.app.extensions["feed"]
    feed.look()
    start, written = feed.position, threading.Event()

    def dawdle(_connection):
        if threading.current_thread().name == "slow":
            written.set()
            time.sleep(0.6)

    def deed(app, group_id):
        with app.app_context(), transaction():
            publish("group.changed", to_group(cast.den), group={"id": group_id})

    with cast.app.app_context():
        engine = writing_engine()
    sa.event.listen(engine, "commit", dawdle, insert=True)  # before the lock is let go
    try:
        slow = threading.Thread(target=deed, args=(cast.app, "slow"), name="slow")
        slow.start()
        assert written.wait(5)
        quick = threading.Thread(target=deed, args=(second_app, "quick"))
        quick.start()
        seen, deadline = [], time.monotonic() + 5
        while len(seen) < 2 and time.monotonic() < deadline:
            feed.look()
            seen = [entry.body for entry in feed.window.after([f"g:{cast.den}"], start)]
            time.sleep(0.01)
    finally:
        slow.join()
        quick.join()
        sa.event.remove(engine, "commit", dawdle)
    assert ["slow" in body for body in seen] == [True, False]
