"""Beats in a worker's memory: nothing is written for what nobody sees, and what is written together overwrites nothing."""

import threading

import pytest
import sqlalchemy as sa
from signs import beat, flush, heard, leave, row, seen, statements

from chatapp.actions import presence
from chatapp.actions.presence import decay_presence
from chatapp.clock import seconds
from chatapp.extensions import db
from chatapp.models import UserStatus
from chatapp.presence.beats import page_key
from chatapp.rules.presence import PAGES_PER_DEVICE
from chatapp.updates.rights import Asker

pytestmark = pytest.mark.jobs_off_and_on


def key(person, page="page1"):
    return page_key(Asker(person.id, person.device_id, 0), page)


def entry(app, person, page="page1"):
    """Return what is stored of a page."""
    return row(app, person)["devices"].get(key(person, page))


def poll(person, page="page1"):
    """Poll once, as a page."""
    return person.get(f"/api/updates?since={person.cursor()}&device={page}")


def test_a_beat_that_changes_nothing_costs_no_sql_and_is_written_with_the_next_flush(cast, later):
    beat(cast.ana)
    cursor, before = cast.ben.cursor(), entry(cast.app, cast.ana)
    cast.ana.get("/api/me")
    later(25)
    with statements(cast.app) as run:
        assert beat(cast.ana) == {"auto_status": "online", "next": 25}
        assert beat(cast.ana, active=False)["auto_status"] == "online"
    assert run == []
    assert entry(cast.app, cast.ana) == before
    assert heard(cast.ben, cursor) == []
    flush(cast.app)
    assert entry(cast.app, cast.ana) == {"beat": seconds(), "promised": 25, "input": seconds()}
    assert heard(cast.ben, cursor) == []
    with statements(cast.app) as run:
        flush(cast.app)
    assert run == []


def test_a_beat_that_changes_something_is_written_and_told_at_once(cast, later):
    beat(cast.ana, promised=120)
    later(200)
    beat(cast.ana, active=False, promised=120)
    flush(cast.app)
    later(100)
    with cast.app.app_context():
        decay_presence()
    cursor = cast.ben.cursor()
    assert beat(cast.ana)["auto_status"] == "online"
    assert entry(cast.app, cast.ana)["input"] == seconds()
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "online")]] * 2


def test_coming_back_after_the_decay_is_told_at_once(cast, later):
    beat(cast.ana)
    later(300)
    with cast.app.app_context():
        decay_presence()
    cursor = cast.ben.cursor()
    poll(cast.ana)  # a laptop wakes up: its poll comes before its beat
    beat(cast.ana, active=False)
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "idle")]] * 2
    beat(cast.ana)
    assert heard(cast.ben, cursor)[2:] == [[(cast.ana.id, "online")]] * 2


def test_beats_of_many_people_are_written_in_one_statement(cast, later):
    people = [cast.ana, cast.ben, cast.cleo, cast.dan]
    for person in people:
        beat(person)
        beat(person, "page2")
    later(20)
    for person in people:
        beat(person)
        poll(person, "page2")
    with statements(cast.app) as run:
        flush(cast.app)
    written = [one for one in run if "UPDATE user_status" in one]
    assert len(written) == 1
    for person in people:
        assert entry(cast.app, person)["input"] == entry(cast.app, person)["beat"] == seconds()
        assert entry(cast.app, person, "page2")["beat"] == seconds() == entry(cast.app, person, "page2")["input"] + 20


def test_two_workers_that_write_pages_of_the_same_people_at_once_overwrite_nothing(cast, second_app, later):
    people = [cast.ana, cast.ben, cast.cleo, cast.dan]
    workers = [cast.app, second_app]
    for person in people:
        for number, app in enumerate(workers):
            beat(person.at(app), f"page{number}", promised=120)
    for turn in range(15):
        later(1)
        for person in people[:: 1 if turn % 2 else -1]:
            for number, app in enumerate(workers):
                beat(person.at(app), f"page{number}", promised=120)
        both = threading.Barrier(2)
        threads = [threading.Thread(target=lambda app=app, both=both: (both.wait(), flush(app))) for app in workers]
        [one.start() for one in threads]
        [one.join() for one in threads]
        for person in people:
            assert {name: one["beat"] for name, one in row(cast.app, person)["devices"].items()} == {
                key(person, f"page{n}"): seconds() for n in (0, 1)
            }


def test_a_page_that_talks_to_two_workers_is_as_fresh_as_the_later_input(cast, second_app, later):
    here, there = cast.ana, cast.ana.at(second_app)
    beat(here, promised=120)
    beat(there, promised=120)
    later(110)
    beat(there, promised=120)  # typed: only this worker hears of it
    flush(second_app)
    typed = seconds()
    later(100)
    beat(here, active=False, promised=120)
    flush(cast.app)
    assert entry(cast.app, cast.ana)["input"] == typed
    later(110)
    beat(here, active=False, promised=120)
    flush(cast.app)
    assert seen(cast.ben, cast.ana) == "online", "210 s after the last input"
    later(90)
    assert seen(cast.ben, cast.ana) == "idle"


def test_a_worker_that_never_heard_of_a_page_takes_its_beat_for_no_input(cast, make_app, later):
    beat(cast.ana, promised=120)
    for _ in range(4):
        later(100)
        beat(cast.ana, active=False, promised=120)
        flush(cast.app)
    restarted = make_app()
    assert beat(cast.ana.at(restarted), active=False)["auto_status"] == "idle"
    assert seen(cast.ben, cast.ana) == "idle"
    with statements(restarted) as run:
        beat(cast.ana.at(restarted), active=False)
    assert run == [], "by now it has learned what is stored"


def test_a_new_page_enters_as_it_reports_itself(cast):
    cast.app.extensions["feed"].look()  # as a worker does before all else: its first look forgets whose devices it knows
    assert beat(cast.ana, active=False)["auto_status"] == "away"
    assert seen(cast.ben, cast.ana) == "away"
    with statements(cast.app) as run:
        assert beat(cast.ana, active=False)["auto_status"] == "away"
    assert run == []
    assert beat(cast.ana)["auto_status"] == "online"


def test_a_poll_that_names_its_page_is_a_beat(cast, later):
    beat(cast.ana, promised=60)
    for _ in range(4):
        later(50)
        poll(cast.ana)
        flush(cast.app)
    assert seen(cast.ben, cast.ana) == "online"
    assert entry(cast.app, cast.ana) == {"beat": seconds(), "promised": 60, "input": seconds() - 200}
    poll(cast.cleo)
    flush(cast.app)
    assert seen(cast.ben, cast.cleo) == "away", "it lives, and never reported input"
    cast.dan.get(f"/api/updates?since={cast.dan.cursor()}")
    flush(cast.app)
    assert row(cast.app, cast.dan)["devices"] == {}


@pytest.mark.parametrize("times", [1, 5])
def test_a_device_that_polls_as_ever_new_pages_fills_neither_memory_nor_table(cast, times):
    for turn in range(times):
        for number in range(30):
            poll(cast.ana, f"page{turn}-{number}")
        flush(cast.app)
        assert len(row(cast.app, cast.ana)["devices"]) == PAGES_PER_DEVICE
    assert len(cast.app.extensions["beats"]._known[cast.ana.id]) == PAGES_PER_DEVICE
    poll(cast.ben, "another")
    flush(cast.app)
    assert len(row(cast.app, cast.ben)["devices"]) == 1


def test_a_page_that_left_is_not_written_again(cast, later):
    beat(cast.ana)
    later(5)
    beat(cast.ana)
    leave(cast.ana)
    flush(cast.app)
    later(11)
    assert seen(cast.ben, cast.ana) == "offline"


def test_what_could_not_be_written_is_kept_and_newer_beats_win(cast, later, monkeypatch):
    beat(cast.ana)
    beat(cast.ana, "page2")
    later(10)
    beat(cast.ana)
    beat(cast.ana, "page2")
    typed = seconds()

    def away(_beats):
        raise sa.exc.OperationalError("UPDATE", {}, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr(presence, "write_beats", away)
        flush(cast.app)
    later(10)
    beat(cast.ana, active=False)
    flush(cast.app)
    assert entry(cast.app, cast.ana) == {"beat": seconds(), "promised": 25, "input": typed}
    assert entry(cast.app, cast.ana, "page2") == {"beat": typed, "promised": 25, "input": typed}


def test_a_beat_that_could_not_be_stored_is_stored_and_told_with_the_next(cast, monkeypatch):
    def away(*_):
        raise sa.exc.OperationalError("SELECT", {}, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr(presence, "report_beat", away)
        beat(cast.ana, status=503)
    cursor = cast.ben.cursor()
    beat(cast.ana)
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "online")]] * 2


@pytest.mark.parametrize("written", [[], [1, 2], {"nonsense": 5}, "page is text"])
def test_what_outside_sql_wrote_into_devices_stops_no_beat(cast, later, written):
    beat(cast.ana)
    written = {key(cast.ana): "text"} if isinstance(written, str) else written
    with cast.app.app_context():
        statement = sa.update(UserStatus).where(UserStatus.user_id == cast.ana.id).values(devices=written)
        with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
            connection.execute(statement)
    assert seen(cast.ben, cast.ana) == "offline"
    later(5)
    beat(cast.ana)
    flush(cast.app)
    assert seen(cast.ben, cast.ana) == "online"
    assert entry(cast.app, cast.ana) == {"beat": seconds(), "promised": 25, "input": seconds()}
