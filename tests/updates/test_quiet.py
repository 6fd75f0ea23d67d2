"""A quiet client in a busy server: its cursor stays good and its polls stay free, however much happens to others."""

import contextlib

import pytest
import signs
import sqlalchemy as sa

from chatapp.clock import now
from chatapp.extensions import db
from chatapp.models import Event
from chatapp.updates import window as window_module
from chatapp.updates.publish import render

PART = 1_000
BODY = render("group.changed", {"group": {"id": "busy", "name": "x" * 200}})


@pytest.fixture
def statements():
    """A function that returns a list, to which every SQL statement of an application is added from then on."""
    with contextlib.ExitStack() as stack:
        yield lambda app: stack.enter_context(signs.statements(app))


def happens(app, group_id, count):
    """Let so much happen in a group, straight in the log."""
    event = {"kind": "group.changed", "group_id": group_id, "body": BODY, "created_at": now()}
    with app.app_context(), db.engine.connect().execution_options(writing=True) as connection:
        for _ in range(count // PART):
            connection.execute(sa.insert(Event), [event] * PART)
        connection.commit()


def is_free(person, app, cursor, seen):
    """Fail unless a poll answers the client's own cursor without one SQL statement."""
    seen.clear()
    for more in ("", "&device=page"):
        assert person.at(app).get(f"/api/updates?since={cursor}{more}") == {"cursor": cursor, "events": [], "more": False, "next": 3}
    assert seen == []


def only(events):
    return [event["data"]["message"]["content"] for event in events]


def test_a_quiet_clients_poll_stays_free_while_others_fill_the_window_many_times(cast, make_app, statements, size, monkeypatch):
    monkeypatch.setattr(window_module.Window.__init__, "__defaults__", (size(2_000, 50_000), 64_000_000))
    app, busy, feed = cast.app, cast.group("busy", cast.ana, cast.dan), cast.app.extensions["feed"]
    feed._looked, feed.epoch = float("-inf"), None  # its window is made anew, with that bound
    cast.ana.say("heard long ago", group=cast.den)
    cursor, everything = cast.cleo.cursor(), cast.dan.cursor()
    cast.cleo.updates(cursor)
    cast.dan.updates(everything)
    seen = statements(app)
    for _ in range(3):
        happens(app, busy, size(4_000, 100_000))
        feed.look()
        is_free(cast.cleo, app, cursor, seen)
    assert len(feed.window) <= size(2_000, 50_000)
    assert len(cast.dan.get(f"/api/updates?since={everything}")["events"]) == 200  # what fell out of the window is read from the log
    assert seen != []

    later = make_app()  # a worker that starts now has seen nothing of all this
    cast.cleo.at(later).updates(cursor)
    is_free(cast.cleo, later, cursor, statements(later))

    cast.ana.say("at last", group=cast.den)
    for worker in (app, later):
        assert only(cast.cleo.at(worker).updates(cursor)["events"]) == ["at last"]


def test_what_a_quiet_client_missed_before_the_window_is_read_from_the_log_once_and_then_it_is_inside(cast, statements, size, monkeypatch):
    monkeypatch.setattr(window_module.Window.__init__, "__defaults__", (1_000, 64_000_000))
    app, busy, feed = cast.app, cast.group("busy", cast.ana, cast.dan), cast.app.extensions["feed"]
    feed._looked, feed.epoch = float("-inf"), None
    cursor = cast.cleo.cursor()
    cast.cleo.updates(cursor)
    cast.ana.say("missed", group=cast.den)
    happens(app, busy, size(3_000, 100_000))
    feed.look()
    seen = statements(app)
    answer = cast.cleo.get(f"/api/updates?since={cursor}")
    assert only(answer["events"]) == ["missed"]
    assert seen != []
    is_free(cast.cleo, app, answer["cursor"], seen)
