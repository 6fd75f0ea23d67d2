"""Who sees when somebody was last here, by every door; and do not disturb."""

import json
from datetime import timedelta

import pytest
from signs import beat, seen

from chatapp.actions import presence
from chatapp.clock import now, rfc3339


def last_seen(asker, person):
    """Return (last_seen, precision) of somebody, the same by every door."""
    found = [asker.get(f"/api/presence?users={person.id}")["presence"][0], asker.get(f"/api/users/{person.id}")["user"]]
    found += [one for one in asker.get("/api/state")["users"] if one["id"] == person.id]
    found += asker.get(f"/api/users?search={found[1]['username']}")["users"]
    hall = asker.get("/api/groups")["groups"][0]["id"]
    found += [one["user"] for one in asker.get(f"/api/groups/{hall}/members")["members"] if one["user_id"] == person.id]
    assert len(found) == 5
    (answer,) = {(one["last_seen"], one["last_seen_precision"]) for one in found}
    return answer


@pytest.fixture
def gone(cast, later):
    """When Ben, who shares the den with Ana and Cleo and only the hall with Dan, was here for the last time."""
    beat(cast.ben)
    later(1)
    cast.ben.post("/api/heartbeat/leave", {"device": "page1"}, 204)
    when = rfc3339(now() - timedelta(seconds=1))
    later(600)
    assert last_seen(cast.dan, cast.ben) == (when, "exact")
    return when


def shows(person, to=None, precision=None):
    given = {"last_seen_to": to, "last_seen_precision": precision}
    return person.put("/api/me/privacy", {name: value for name, value in given.items() if value})["me"]


def test_one_who_shows_it_to_nobody_is_shown_it_of_nobody(cast, second_app, gone):
    assert shows(cast.ben, "nobody")["last_seen_to"] == "nobody"
    assert last_seen(cast.ana, cast.ben) == (None, None)
    shows(cast.ben, "everyone")
    shows(cast.ana, "nobody")
    assert last_seen(cast.ana, cast.ben) == (None, None)
    second_app.extensions["feed"].look()
    assert last_seen(cast.ana.at(second_app), cast.ben) == (None, None)
    assert last_seen(cast.cleo, cast.ben) == (gone, "exact")


def test_groups_are_those_besides_the_one_that_everybody_is_in(cast, gone):
    shows(cast.ben, "groups")
    assert last_seen(cast.ana, cast.ben) == (gone, "exact")
    assert last_seen(cast.dan, cast.ben) == (None, None)
    cast.dan.say("hello", to=cast.ben.id)
    assert last_seen(cast.dan, cast.ben) == (None, None), "nobody gets to see it by writing"
    shows(cast.ben, "everyone")
    shows(cast.dan, "groups")
    assert last_seen(cast.dan, cast.ben) == (None, None)
    cast.ana.post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id})
    assert last_seen(cast.dan, cast.ben) == (gone, "exact")


def test_it_is_as_exact_as_the_less_exact_of_both(cast, gone):
    hour, day = gone[:13] + ":00:00.000000Z", gone[:10] + "T00:00:00.000000Z"
    shows(cast.ben, precision="hour")
    assert last_seen(cast.ana, cast.ben) == (hour, "hour")
    shows(cast.ana, precision="day")
    assert last_seen(cast.ana, cast.ben) == (day, "day")
    shows(cast.ben, precision="exact")
    assert last_seen(cast.ana, cast.ben) == (day, "day")
    assert last_seen(cast.cleo, cast.ben) == (gone, "exact")


def test_oneself_sees_oneself_exactly_and_hears_of_the_choice_on_ones_other_pages(cast, gone):
    cursor = cast.ben.cursor()
    shows(cast.ben, "nobody", "day")
    assert cast.ben.get("/api/me")["me"]["last_seen"] == gone
    (event,) = [one for one in cast.ben.updates(cursor)["events"] if one["kind"] == "me.changed"]
    assert (event["data"]["me"]["last_seen_to"], event["data"]["me"]["last_seen_precision"]) == ("nobody", "day")


def test_what_is_not_chosen_stays_and_a_bad_choice_is_refused(cast):
    shows(cast.ben, "groups", "hour")
    assert shows(cast.ben, precision="day")["last_seen_to"] == "groups"
    assert shows(cast.ben, "nobody")["last_seen_precision"] == "day"
    for bad in ({"last_seen_to": "friends"}, {"last_seen_precision": "minute"}, {"last_seen_to": None}):
        cast.ben.put("/api/me/privacy", bad, 400)


def test_do_not_disturb_is_told_and_ends_by_itself(cast, later):
    beat(cast.ben)
    cursor, until = cast.ana.cursor(), rfc3339(now() + timedelta(minutes=30))
    assert cast.ben.put("/api/me/status", {"do_not_disturb_until": until})["me"]["do_not_disturb_until"] == until
    told = [one for event in cast.ana.updates(cursor)["events"] for one in event["data"]["presence"]]
    assert {(one["user_id"], one["do_not_disturb"], one["auto_status"]) for one in told} == {(cast.ben.id, True, "online")}
    assert seen(cast.ana, cast.ben) == "online", "it hides nobody"
    later(30 * 60 - 1)
    assert cast.ana.get(f"/api/presence?users={cast.ben.id}")["presence"][0]["do_not_disturb"]
    later(1)
    assert not cast.ana.get(f"/api/presence?users={cast.ben.id}")["presence"][0]["do_not_disturb"]
    with cast.app.app_context():
        presence.tidy_statuses()
    assert cast.ben.get("/api/me")["me"]["do_not_disturb_until"] is None


def test_do_not_disturb_is_taken_back_and_none_in_the_past_is_taken(cast, later):
    until = rfc3339(now() + timedelta(minutes=30))
    cast.ben.put("/api/me/status", {"do_not_disturb_until": until, "manual_status": "writing"})
    me = cast.ben.put("/api/me/status", {"do_not_disturb_until": None})["me"]
    assert (me["do_not_disturb_until"], me["manual_status"]) == (None, "writing")
    refused = cast.ben.request("PUT", "/api/me/status", {"do_not_disturb_until": rfc3339(now() - timedelta(seconds=1))})
    assert (refused.status_code, list(json.loads(refused.data)["errors"])) == (422, ["do_not_disturb_until"])


@pytest.mark.parametrize("change", ["last_seen_to", "last_seen_precision", "do_not_disturb_until"])
def test_what_is_chosen_while_invisible_is_withheld_until_one_comes_back(cast, gone, change):
    cast.ben.put("/api/me/status", {"invisible": True})
    before = cast.ana.get(f"/api/presence?users={cast.ben.id}")["presence"]
    if change == "do_not_disturb_until":
        cast.ben.put("/api/me/status", {change: rfc3339(now() + timedelta(hours=1))})
    else:
        cast.ben.put("/api/me/privacy", {change: {"last_seen_to": "nobody", "last_seen_precision": "day"}[change]})
    assert cast.ana.get(f"/api/presence?users={cast.ben.id}")["presence"] == before
    cast.ben.put("/api/me/status", {"invisible": False})
    assert cast.ana.get(f"/api/presence?users={cast.ben.id}")["presence"] != before
