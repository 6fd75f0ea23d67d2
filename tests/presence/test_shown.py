"""What others are told goes by what they were told last: whatever time did in silence is told by the next deed or tick."""

import random

import pytest
from signs import beat, flush, heard, leave, row, seen

from chatapp.actions import presence
from chatapp.actions.transaction import transaction
from chatapp.extensions import db
from chatapp.models import UserStatus

pytestmark = pytest.mark.jobs_off_and_on


def poll(person, page="page1"):
    person.get(f"/api/updates?since={person.cursor()}&device={page}")


def tick(app):
    with app.app_context():
        return presence.decay_presence()


def turn_idle_unnoticed(person, later):
    """Let time make somebody idle, with a page that is still there and no tick of the decay."""
    beat(person, promised=120)
    for _ in range(3):
        later(100)
        beat(person, active=False, promised=120)
        flush(person.app)


@pytest.mark.jobs_off("what time did before any job told of it")
@pytest.mark.parametrize("deed", ["another page", "the same page elsewhere", "a page leaves", "status text"])
def test_what_time_made_of_somebody_is_told_with_their_next_deed(cast, second_app, later, deed):
    turn_idle_unnoticed(cast.ana, later)
    assert (row(cast.app, cast.ana)["auto_status"], seen(cast.ben, cast.ana)) == ("online", "idle")
    cursor = cast.ben.cursor()
    if deed == "another page":
        beat(cast.ana, "page2", active=False)
    elif deed == "the same page elsewhere":
        beat(cast.ana.at(second_app), active=False, promised=120)
    elif deed == "a page leaves":
        leave(cast.ana)
    else:
        cast.ana.put("/api/me/status", {"manual_status": "still here"})
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "idle")]] * 2
    assert tick(cast.app) == 0
    assert len(heard(cast.ben, cursor)) == 2, "told once"


@pytest.mark.parametrize(("active", "back"), [(True, "online"), (False, "idle")])
def test_a_page_that_wakes_is_told_of_though_its_poll_was_written_before_its_report(cast, later, active, back):
    beat(cast.ana)
    later(400)
    tick(cast.app)
    cursor = cast.ben.cursor()
    poll(cast.ana)
    flush(cast.app)
    assert (row(cast.app, cast.ana)["auto_status"], heard(cast.ben, cursor)) == ("offline", []), "a flush tells nobody"
    beat(cast.ana, active=active)
    assert heard(cast.ben, cursor) == [[(cast.ana.id, back)]] * 2
    assert seen(cast.ben, cast.ana) == back


@pytest.mark.jobs_off("it is about the decay itself: how many it tells of")
def test_a_page_that_only_polls_is_told_of_by_the_decay(cast, second_app, later):
    beat(cast.ana)
    later(70)
    tick(cast.app)
    cursor = cast.ben.cursor()
    poll(cast.ana)
    poll(cast.cleo)
    flush(cast.app)
    assert tick(second_app) == 2
    assert heard(cast.ben, cursor) == [sorted([(cast.ana.id, "online"), (cast.cleo.id, "away")])] * 2
    assert tick(second_app) == 0


@pytest.mark.jobs_off("it is about the decay itself: a deed comes in between")
def test_a_tick_leaves_alone_what_a_deed_has_told_meanwhile(cast, later, monkeypatch):
    turn_idle_unnoticed(cast.ana, later)
    cursor, catch_up = cast.ben.cursor(), presence._catch_up

    def after_a_deed(user_ids):
        with cast.app.app_context():
            presence.set_status(cast.ana.id, manual_status="first")
        return catch_up(user_ids)

    monkeypatch.setattr(presence, "_catch_up", after_a_deed)
    assert tick(cast.app) == 0
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "idle")]] * 2


@pytest.mark.jobs_off("what time did before any job told of it")
def test_of_an_invisible_person_nothing_is_told_until_they_come_back(cast, later):
    turn_idle_unnoticed(cast.ana, later)
    cursor = cast.ben.cursor()
    cast.ana.put("/api/me/status", {"invisible": True})
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "offline")]] * 2
    beat(cast.ana)
    later(70)
    tick(cast.app)
    poll(cast.ana)
    flush(cast.app)
    assert tick(cast.app) == 1, "her own pages see it"
    cast.ana.put("/api/me/status", {"invisible": True})
    assert len(heard(cast.ben, cursor)) == 2
    cast.ana.put("/api/me/status", {"invisible": False})
    assert heard(cast.ben, cursor)[2:] == [[(cast.ana.id, "online")]] * 2


def test_the_turn_of_somebody_who_was_told_to_be_offline_is_not_told(cast, later):
    beat(cast.ana)
    later(70)
    tick(cast.app)
    cursor = cast.ben.cursor()
    cast.ana.put("/api/me/status", {"invisible": True})
    cast.ana.put("/api/me/status", {"invisible": False})
    assert heard(cast.ben, cursor) == []


@pytest.mark.parametrize("seed", range(4))
def test_after_each_tick_what_was_told_last_is_what_everybody_sees(cast, second_app, later, seed):
    chance, people = random.Random(seed), [cast.ana, cast.cleo]
    told, cursor = {one.id: "offline" for one in people}, cast.ben.cursor()

    def deed(person):
        page = chance.choice(["page1", "page2"])
        do = chance.choice(["beat", "beat", "poll", "poll", "flush", "leave", "invisible", "tidy"])
        if do == "beat":
            beat(person, page, active=chance.random() < 0.4, promised=chance.choice([25, 120]))
        elif do == "poll":
            poll(person, page)
        elif do == "flush":
            flush(person.app)
        elif do == "leave":
            leave(person, page)
        elif do == "invisible":
            person.put("/api/me/status", {"invisible": chance.random() < 0.4})
        else:
            with person.app.app_context():
                presence.tidy_statuses()

    for _ in range(25):
        for _ in range(chance.randint(1, 4)):
            deed(chance.choice(people).at(chance.choice([cast.app, second_app])))
            later(chance.choice([0, 1, 6, 20, 70, 130, 300]))
        tick(second_app)
        batch = cast.ben.updates(cursor)
        cursor = batch["cursor"]
        for event in batch["events"]:
            told |= {one["user_id"]: one["auto_status"] for one in event["data"]["presence"]}
        assert told == {one.id: seen(cast.ben, one) for one in people}


@pytest.mark.jobs_off("what time did before any job told of it")
def test_who_came_back_before_any_tick_is_told_to_those_who_read_that_they_were_gone(cast, later):
    beat(cast.ana)
    cursor = cast.ben.cursor()
    later(70)
    assert seen(cast.ben, cast.ana) == "offline"
    beat(cast.ana)
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "online")]] * 2


def test_a_status_that_is_not_there_changes_nothing(cast):
    with cast.app.app_context(), transaction():
        assert db.session.get(UserStatus, cast.den) is None
        with presence.shown.changing(cast.den) as status:
            assert status is None
