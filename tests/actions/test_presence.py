"""Signs of life and status texts as stored and told: at once where others see a difference."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from signs import beat, flush, heard, leave, row, seen, until

from chatapp import signing_in
from chatapp.actions import presence
from chatapp.actions.transaction import transaction
from chatapp.clock import now, rfc3339, seconds
from chatapp.extensions import db
from chatapp.models import Device, Event, User

pytestmark = pytest.mark.jobs_off_and_on


def job(app, deed):
    with app.app_context():
        return deed()


def test_a_heartbeat_makes_online_and_tells_groups_and_direct_partners(cast):
    cast.ana.say("hello", to=cast.dan.id)
    cursors = {one: one.cursor() for one in (cast.ben, cast.dan)}
    assert beat(cast.ana) == {"auto_status": "online", "next": 25}
    assert heard(cast.ben, cursors[cast.ben]) == [[(cast.ana.id, "online")]] * 2  # the den and the hall
    assert heard(cast.dan, cursors[cast.dan]) == [[(cast.ana.id, "online")]] * 2  # the hall and the direct conversation
    assert seen(cast.ben, cast.ana) == seen(cast.dan, cast.ana) == "online"
    assert row(cast.app, cast.ana)["auto_status"] == "online"


@pytest.mark.parametrize(("size", "told"), [(200, True), (201, False)])
def test_groups_of_more_than_200_members_are_not_woken_but_see_it_all_the_same(cast, size, told):
    with cast.app.app_context(), transaction():
        more = [User(name=f"n{n}", username=f"n{n}", email=f"n{n}@example.org", password="none") for n in range(size - 4)]
        db.session.add_all(more)
    in_hall, in_den = cast.dan.cursor(), cast.ben.cursor()
    beat(cast.ana)
    assert heard(cast.dan, in_hall) == [[(cast.ana.id, "online")]] * told
    assert [(cast.ana.id, "online")] in heard(cast.ben, in_den)
    assert cast.dan.get(f"/api/presence?users={cast.ana.id}")["presence"][0]["auto_status"] == "online"


@pytest.mark.jobs_off("once the ten seconds run out before any job told of it")
def test_a_closing_page_has_ten_seconds_to_come_back_and_a_reload_is_not_seen(cast, later):
    beat(cast.ana)
    cursor = cast.ben.cursor()
    later(20)
    leave(cast.ana)
    later(9.75)
    assert seen(cast.ben, cast.ana) == "online"
    later(0.25)
    assert seen(cast.ben, cast.ana) == "offline"
    beat(cast.ana, "page2")
    leave(cast.ana, "page2")
    beat(cast.ana, "page3")
    later(11)
    job(cast.app, presence.decay_presence)
    assert seen(cast.ben, cast.ana) == "online"
    assert {status for people in heard(cast.ben, cursor) for _, status in people} == {"online"}
    leave(cast.ana, "unknown")


def test_a_page_that_said_goodbye_and_beats_again_is_back(cast, later):
    beat(cast.ana)
    leave(cast.ana)
    later(3)
    beat(cast.ana)
    later(30)
    assert seen(cast.ben, cast.ana) == "online"


def test_signing_out_drops_the_device_at_once_and_keeps_when_it_was(cast, later):
    phone = cast.app.test_client()
    with cast.app.app_context(), transaction():
        token, begun = signing_in.begin_device(cast.ana.id, "phone")
        phone_id = begun.id
    laptop = cast.ana
    ringing = type(laptop)(cast.app, laptop.id, token, phone_id)
    beat(laptop)
    beat(ringing, "page9")
    beat(laptop)  # not written yet
    later(7)
    cursor = cast.ben.cursor()
    laptop.delete("/api/session")
    flush(cast.app)
    assert seen(cast.ben, laptop) == "online"
    assert heard(cast.ben, cursor) == []
    assert list(row(cast.app, laptop)["devices"]) == [f"{phone_id}:page9"]
    at = now()
    ringing.delete("/api/session")
    assert heard(cast.ben, cursor) == [[(laptop.id, "offline")]] * 2
    after = row(cast.app, laptop)
    assert after["devices"] == {}
    assert after["auto_status"] == "offline"
    assert at <= after["public_last_seen"] <= now()
    later(500)
    assert cast.ben.get(f"/api/users/{laptop.id}")["user"]["last_seen"] == rfc3339(after["public_last_seen"])
    assert phone.get("/api/me").status_code == 401


@pytest.mark.parametrize("way", ["report", "flush"])
def test_a_beat_that_waits_for_a_sign_out_brings_nothing_back(cast, second_app, way):
    beat(cast.ana)
    device, entry = cast.ana.device_id, {"beat": seconds(), "promised": 25, "input": seconds()}
    deeds = {
        "report": lambda: presence.report_beat(cast.ana.id, device, "late", entry),
        "flush": lambda: presence.write_beats({cast.ana.id: {f"{device}:page1": entry, f"{device}:late": entry}}),
    }
    waiting = threading.Thread(target=job, args=(second_app, deeds[way]))
    with cast.app.app_context(), transaction():
        signing_in.end_device(db.session.get(Device, device))
        waiting.start()
        if db.engine.dialect.name == "postgresql":
            until(waits_for_a_lock)
    waiting.join()
    assert row(cast.app, cast.ana)["devices"] == {}
    assert seen(cast.ben, cast.ana) == "offline"


def waits_for_a_lock():
    with db.engine.connect() as connection:
        found = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(sa.text(found)).scalar_one()


def test_a_device_keeps_its_eight_newest_pages_and_takes_none_from_others(cast, later):
    for number in range(12):
        beat(cast.ana, f"page{number}")
        later(1)
    with cast.app.app_context(), transaction():
        token, begun = signing_in.begin_device(cast.ana.id, "phone")
        device = begun.id
    beat(type(cast.ana)(cast.app, cast.ana.id, token, device), "phone")
    kept = {f"{cast.ana.device_id}:page{number}" for number in range(4, 12)}
    assert set(row(cast.app, cast.ana)["devices"]) == kept | {f"{device}:phone"}


def test_an_end_that_has_come_does_not_end_the_next_text(cast, later):
    cast.ana.put("/api/me/status", {"manual_status": "lunch", "expires_at": rfc3339(now() + timedelta(seconds=60))})
    later(61)
    for invisible in (True, False):
        assert cast.ana.put("/api/me/status", {"invisible": invisible})["me"]["manual_status"] is None
    me = cast.ana.put("/api/me/status", {"manual_status": "back"})["me"]
    assert (me["manual_status"], me["manual_status_expires_at"]) == ("back", None)
    assert cast.ben.get(f"/api/users/{cast.ana.id}")["user"]["manual_status"] == "back"


@pytest.mark.parametrize(
    ("before", "change", "text", "ends"),
    [
        (None, {"manual_status": "  at   lunch "}, "at lunch", None),
        (None, {"manual_status": "x" * 100}, "x" * 100, None),
        (None, {"manual_status": "lunch", "expires_at": 60}, "lunch", 60),
        ({"manual_status": "a", "expires_at": 60}, {"manual_status": "b"}, "b", 60),
        ({"manual_status": "a", "expires_at": 60}, {"expires_at": 90}, "a", 90),
        ({"manual_status": "a", "expires_at": 60}, {"expires_at": None}, "a", None),
        ({"manual_status": "a", "expires_at": 60}, {}, "a", 60),
        ({"manual_status": "a", "expires_at": 60}, {"invisible": True}, "a", 60),
        ({"manual_status": "a", "expires_at": 60}, {"manual_status": None}, None, None),
        ({"manual_status": "a"}, {"manual_status": " "}, None, None),
        (None, {"expires_at": 60}, None, None),
    ],
)
def test_in_a_status_change_what_is_absent_stays_and_null_clears(cast, before, change, text, ends):
    base = now()
    for one in (before, change):
        if one is not None:
            given = {name: rfc3339(base + timedelta(seconds=value)) if name == "expires_at" and value else value for name, value in one.items()}
            me = cast.ana.put("/api/me/status", given)["me"]
    assert (me["manual_status"], me["manual_status_expires_at"]) == (text, ends and rfc3339(base + timedelta(seconds=ends)))
    assert me["auto_status"] == "offline"
    assert row(cast.app, cast.ana)["auto_status"] == "offline"
    assert cast.ben.get(f"/api/users/{cast.ana.id}")["user"]["manual_status"] == text


@pytest.mark.parametrize(
    "refused",
    [{"manual_status": "x" * 101}, {"manual_status": "a\0"}, {"manual_status": 5}, {"expires_at": "2020-01-01T00:00:00Z"}, {"invisible": None}],
)
def test_a_bad_status_is_refused_and_changes_nothing(cast, refused):
    cast.ana.put("/api/me/status", {"manual_status": "here"})
    assert cast.ana.request("PUT", "/api/me/status", refused).status_code in (400, 422)
    assert cast.ana.get("/api/me")["me"]["manual_status"] == "here"


@pytest.mark.jobs_off("it looks at what is stored before a job ran")
def test_a_status_text_ends_by_itself_without_any_job(cast, second_app, later):
    beat(cast.ana)
    cast.ana.put("/api/me/status", {"manual_status": "lunch", "expires_at": rfc3339(now() + timedelta(seconds=60))})
    later(59)
    assert cast.ben.at(second_app).get(f"/api/users/{cast.ana.id}")["user"]["manual_status"] == "lunch"
    later(1)
    assert cast.ben.at(second_app).get(f"/api/presence?users={cast.ana.id}")["presence"][0]["manual_status"] is None
    assert cast.ana.get("/api/me")["me"]["manual_status"] is None
    assert row(cast.app, cast.ana)["manual_status"] == "lunch", "no job ran"


@pytest.mark.jobs_off("it is about the decay itself: how many it tells of")
def test_the_decay_lowers_tells_once_a_group_for_all_together_and_is_no_sign_of_life(cast, later):
    beat(cast.ana)
    beat(cast.cleo, promised=120)
    before, cursor = row(cast.app, cast.ana), cast.ben.cursor()
    assert job(cast.app, presence.decay_presence) == 0
    assert heard(cast.ben, cursor) == []
    later(200)
    beat(cast.cleo, active=False, promised=120)
    flush(cast.app)
    later(100)
    assert job(cast.app, presence.decay_presence) == 2
    both = sorted([(cast.ana.id, "offline"), (cast.cleo.id, "idle")])
    told = heard(cast.ben, cursor)
    assert told[-2:] == [both, both], "one event for the den, one for the hall"
    after = row(cast.app, cast.ana)
    assert after["auto_status"] == "offline"
    assert (after["last_seen"], after["updated_at"]) == (before["last_seen"], before["updated_at"])
    assert job(cast.app, presence.decay_presence) == 0
    assert heard(cast.ben, cursor) == told


def test_without_any_job_everybody_sees_the_truth_at_all_times(cast, second_app, later):
    beat(cast.ana, promised=120)
    for wait, status in ((0, "online"), (120, "online"), (134.75, "online"), (0.25, "offline"), (900, "offline")):
        later(wait)
        assert seen(cast.ben, cast.ana) == seen(cast.dan.at(second_app), cast.ana) == status
    beat(cast.cleo, promised=120)
    quiet = 0
    for moment, status in ((299, "online"), (300, "idle"), (899, "idle"), (900, "away"), (5000, "away")):
        while quiet < moment:
            later(step := min(120, moment - quiet))
            quiet += step
            beat(cast.cleo, active=False, promised=120)
            flush(cast.app)
        assert seen(cast.ben, cast.cleo) == seen(cast.dan.at(second_app), cast.cleo) == status


@pytest.mark.jobs_off("it is about upkeep itself: how many it tidies")
def test_upkeep_clears_what_is_over_and_is_no_sign_of_life(cast, later):
    beat(cast.ana)
    cast.ana.put("/api/me/status", {"manual_status": "lunch", "expires_at": rfc3339(now() + timedelta(seconds=60))})
    later(901)  # from here on a page that comes back without input is away, whatever is known of it
    job(cast.app, presence.decay_presence)
    before, looked = row(cast.app, cast.ana), cast.ben.get(f"/api/users/{cast.ana.id}")
    cursor = cast.ben.cursor()
    assert job(cast.app, presence.tidy_statuses) == 1
    after = row(cast.app, cast.ana)
    assert (after["devices"], after["manual_status"], after["manual_status_expires_at"]) == ({}, None, None)
    assert (after["last_seen"], after["updated_at"]) == (before["last_seen"], before["updated_at"])
    assert after["tidied_at"] is not None
    assert cast.ben.get(f"/api/users/{cast.ana.id}") == looked
    assert cast.ben.kinds(cursor) == []
    assert job(cast.app, presence.tidy_statuses) == 0


def test_no_event_ever_tells_when_somebody_was_last_seen(cast, later):
    beat(cast.ana)
    cast.ana.put("/api/me/status", {"manual_status": "x", "invisible": True})
    cast.ana.put("/api/me/status", {"invisible": False})
    later(70)
    job(cast.app, presence.decay_presence)
    cast.ana.delete("/api/session")
    with cast.app.app_context():
        bodies = [one for one in db.session.execute(sa.select(Event.body)).scalars() if "presence.changed" in one or "me.changed" in one]
    assert len(bodies) > 5
    assert not [one for one in bodies if '"last_seen"' in one or "updated_at" in one or "devices" in one]
