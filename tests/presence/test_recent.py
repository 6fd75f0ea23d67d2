"""What a worker remembers of statuses: it saves queries, is never older than five seconds, and never contradicts what was told."""

import threading
import uuid

import pytest
from signs import beat, leave, statements

from chatapp.models import user_status
from chatapp.presence import recent, shown
from chatapp.updates.window import Entry

pytestmark = pytest.mark.jobs_off_and_on


def look(asker, *people):
    """Return {person: auto_status} as GET /api/presence tells it."""
    found = asker.get(f"/api/presence?users={','.join(one.id for one in people)}")["presence"]
    return {one["user_id"]: one["auto_status"] for one in found}


@pytest.fixture
def ana(cast):
    """Ana, whose groups this worker remembers, as it does of everybody who polls."""
    cast.ana.updates(cast.ana.cursor())
    return cast.ana


def status(asker, person):
    return look(asker, person)[person.id]


def test_asking_again_within_five_seconds_costs_no_query_and_then_one_for_all(cast, ana, later):
    people = [cast.ben, cast.cleo, cast.dan]
    beat(cast.ben)
    first = look(ana, *people)
    for wait, queries in ((0, 0), (4.75, 0), (0.25, 1), (0, 0)):
        later(wait)
        with statements(cast.app) as run:
            assert look(ana, *people) == first == {cast.ben.id: "online", cast.cleo.id: "offline", cast.dan.id: "offline"}
        assert len([one for one in run if "user_status" in one]) == queries
        assert queries or run == []


def test_presence_is_computed_when_it_is_asked_for_from_times_that_are_remembered(cast, ana, later):
    beat(cast.ben)
    later(63)
    assert status(ana, cast.ben) == "online"
    later(2)
    with statements(cast.app) as run:
        assert status(ana, cast.ben) == "offline"
    assert run == []


def test_oneself_is_no_older_than_anybody_and_unknown_people_are_left_out(cast, second_app, later):
    there = cast.ana.at(second_app)
    look(there, cast.ana, cast.ben)
    beat(cast.ana)
    assert status(cast.ana, cast.ana) == "online", "this worker heard it"
    second_app.extensions["feed"].look()
    assert look(there, cast.ana, cast.ben) == {cast.ana.id: "online", cast.ben.id: "offline"}
    assert there.get(f"/api/presence?users={cast.den},{cast.ben.id}")["presence"][0]["user_id"] == cast.ben.id


def test_a_row_that_did_not_change_is_not_computed_anew(cast, ana, later, monkeypatch):
    beat(cast.ben)
    people = (cast.ben, cast.cleo, ana)
    first, computed, record = look(ana, *people), [], user_status.record
    monkeypatch.setattr(user_status, "record", lambda row: computed.append(row.user_id) or record(row))
    for _ in range(2):
        later(5)
        with statements(cast.app) as run:
            assert look(ana, *people) == first
        assert len(run) == 1 and computed == []
    leave(cast.ben)
    computed.clear()
    assert look(ana, *people) == first and computed == [cast.ben.id]


def test_of_several_who_read_the_same_row_at_once_the_first_to_end_is_remembered(cast, ana, monkeypatch):
    raw, recent_rows, inside = user_status.RECORDS.raw, cast.app.extensions["recent"], []

    def slow(connection, values):
        found = raw(connection, values)
        if len(inside) < 3:  # each begins while the ones before are under way
            inside.append(values)
            status(ana, cast.ben)
        return found

    monkeypatch.setattr(user_status.RECORDS, "raw", slow)
    recent_rows.drop_all()
    assert status(ana, cast.ben) == "offline"
    assert len(inside) == 3
    with statements(cast.app) as run:
        status(ana, cast.ben)
    assert run == []


def test_nothing_is_kept_of_people_there_are_not(cast, ana):
    remembered = cast.app.extensions["recent"]._reads
    look(ana, cast.ben)
    before = list(remembered)
    found = ana.get(f"/api/presence?users={','.join(str(uuid.uuid4()) for _ in range(200))}")["presence"]
    assert found == [] and sorted(remembered) == sorted(before)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"data": {"presence": [{}]}}', '{"data": {"presence": 3}}'])
def test_an_event_that_says_nothing_sensible_stops_nobody_and_everybody_is_read_again(cast, ana, body):
    look(ana, cast.ben)
    cast.app.extensions["recent"].hear(Entry(1, (), body, "presence.changed"))
    with statements(cast.app) as run:
        look(ana, cast.ben)
    assert len(run) == 1


def test_what_nobody_is_told_of_shows_of_oneself_after_five_seconds_too(cast, second_app, later, monkeypatch):
    monkeypatch.setattr(shown, "LARGEST_AUDIENCE", 1)
    there = cast.ana.at(second_app)
    assert status(there, cast.ana) == "offline"
    status(there, cast.ben)
    beat(cast.ana)
    later(5)
    assert status(there, cast.ana) == "online"


def test_what_one_shows_of_oneself_counts_at_every_worker_as_soon_as_it_has_heard_of_it(cast, second_app, later):
    there = cast.ana.at(second_app)
    beat(cast.ben)
    cast.ben.delete("/api/session")
    assert there.get(f"/api/presence?users={cast.ben.id}")["presence"][0]["last_seen"]
    cast.ana.put("/api/me/privacy", {"last_seen_to": "nobody"})
    second_app.extensions["feed"].look()
    later(4)
    assert there.get(f"/api/presence?users={cast.ben.id}")["presence"][0]["last_seen"] is None


def turns_invisible(person):
    person.put("/api/me/status", {"invisible": True})


def signs_out(person):
    person.delete("/api/session")


GOING = {"turns invisible": turns_invisible, "signs out": signs_out}


@pytest.mark.parametrize("way", GOING)
def test_a_deed_of_this_worker_is_seen_with_its_answer(cast, later, way):
    assert status(cast.ana, cast.ben) == "offline"
    beat(cast.ben)
    assert status(cast.ana, cast.ben) == "online"
    leave(cast.ben)
    later(0.25)
    beat(cast.ben, "page2")
    cast.ben.put("/api/me/status", {"manual_status": "here"})
    assert cast.ana.get(f"/api/presence?users={cast.ben.id}")["presence"][0]["manual_status"] == "here"
    GOING[way](cast.ben)
    assert status(cast.ana, cast.ben) == "offline"


@pytest.mark.parametrize("way", GOING)
@pytest.mark.parametrize("told", [True, False])
def test_a_deed_of_another_worker_is_seen_as_soon_as_the_feed_has_heard_of_it(cast, second_app, later, monkeypatch, way, told):
    if not told:
        monkeypatch.setattr(shown, "LARGEST_AUDIENCE", 1)
    there = cast.ana.at(second_app)
    second_app.extensions["feed"].look()
    for person in (cast.ben, cast.cleo):
        beat(person)
    assert look(there, cast.ben, cast.cleo) == {cast.ben.id: "online", cast.cleo.id: "online"}
    GOING[way](cast.ben)
    second_app.extensions["feed"].look()
    assert status(there, cast.ben) == "offline"
    GOING[way](cast.cleo)
    later(5)
    assert status(there, cast.cleo) == "offline", "not heard of, and yet within five seconds"


@pytest.mark.parametrize("way", GOING)
def test_whoever_has_heard_of_a_change_reads_nothing_older_at_a_worker_that_has_not(cast, ana, second_app, later, way):
    there = ana.at(second_app)
    there.updates(there.cursor())  # this worker knows her groups: who is new to it makes it read the log as far as it read their groups
    beat(cast.ben)
    assert status(there, cast.ben) == "online"
    cursor = ana.cursor()
    GOING[way](cast.ben)
    heard = ana.updates(cursor)
    assert heard["events"][-1]["data"]["presence"][0]["auto_status"] == "offline"
    assert status(there, cast.ben) == "online", "this worker has not heard, and the asker does not say that they have"
    assert there.get(f"/api/presence?users={cast.ben.id}&since={heard['cursor']}")["presence"][0]["auto_status"] == "offline"


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_what_was_being_read_while_a_deed_was_done_is_not_remembered(cast, second_app, monkeypatch, where):
    beat(cast.ben)
    cast.app.extensions["feed"].look()
    record = user_status.record

    def meanwhile():
        turns_invisible(cast.ben if where == "here" else cast.ben.at(second_app))
        if where == "elsewhere":
            cast.app.extensions["feed"].look()

    def slow(row):
        monkeypatch.setattr(user_status, "record", record)
        deed = threading.Thread(target=meanwhile)
        deed.start()
        deed.join()
        return record(row)

    monkeypatch.setattr(user_status, "record", slow)
    assert status(cast.ana, cast.ben) == "online", "asked before it happened"
    assert status(cast.ana, cast.ben) == "offline"


def test_when_the_window_forgot_too_much_to_know_what_was_told_everybody_is_read_again(cast, second_app):
    there, feed = cast.ana.at(second_app), second_app.extensions["feed"]
    feed.look()
    beat(cast.ben)
    assert status(there, cast.ben) == "online"
    turns_invisible(cast.ben)
    feed.look()
    while len(feed.window):
        feed.window._drop_oldest()
    assert status(there, cast.ben) == "offline"


def test_only_so_many_people_are_remembered_those_who_were_asked_for_last(cast, monkeypatch):
    monkeypatch.setattr(recent, "MOST_PEOPLE", 3)  # she who asks is one of them
    for person in (cast.ben, cast.cleo, cast.dan):
        look(cast.ana, person)
    for people, queries in (((cast.cleo, cast.dan), 0), ((cast.ben,), 1)):
        with statements(cast.app) as run:
            look(cast.ana, *people)
        assert len([one for one in run if "user_status" in one]) == queries
