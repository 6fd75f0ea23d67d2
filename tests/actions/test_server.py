"""Whether people may be invisible: the owners of the primary group say, and everybody is told."""

import json

from signs import beat, row, seen


def may_not(cast, allowed=False):
    return cast.ana.patch("/api/server", {"invisible_allowed": allowed})["server"]


def test_where_it_is_forbidden_nobody_turns_invisible(cast):
    assert cast.ben.get("/api/state")["server"] == {"invisible_allowed": True}
    assert may_not(cast) == {"invisible_allowed": False}
    assert cast.ben.get("/api/state")["server"] == {"invisible_allowed": False}
    refused = cast.ben.request("PUT", "/api/me/status", {"invisible": True, "manual_status": "hidden"})
    assert (refused.status_code, json.loads(refused.data)["code"]) == (403, "invisible_forbidden")
    assert row(cast.app, cast.ben)["manual_status"] is None
    cast.ben.put("/api/me/status", {"invisible": False, "manual_status": "here"})
    may_not(cast, allowed=True)
    assert cast.ben.put("/api/me/status", {"invisible": True})["me"]["invisible"]


def test_everybody_is_told_once_and_who_was_invisible_is_back_as_they_are(cast):
    beat(cast.ben)
    cast.ben.put("/api/me/status", {"invisible": True})
    cast.ben.put("/api/me/status", {"manual_status": "between"})
    mine, his = cast.dan.cursor(), cast.ben.cursor()
    may_not(cast)
    events = cast.dan.updates(mine)["events"]
    assert [one["data"] for one in events if one["kind"] == "server.changed"] == [{"server": {"invisible_allowed": False}}]
    assert [one["data"]["me"]["invisible"] for one in cast.ben.updates(his)["events"] if one["kind"] == "me.changed"] == [False]
    assert seen(cast.dan, cast.ben) == "online"
    assert cast.dan.get(f"/api/users/{cast.ben.id}")["user"]["manual_status"] == "between"
    again = cast.dan.cursor()
    may_not(cast)
    assert cast.dan.kinds(again) == []


def test_of_pages_that_went_while_somebody_was_invisible_nothing_is_told(cast, later):
    beat(cast.ben)
    cast.ben.put("/api/me/status", {"invisible": True})
    hidden = cast.dan.get(f"/api/users/{cast.ben.id}")["user"]
    later(20)
    beat(cast.ben)
    later(300)
    may_not(cast)
    assert cast.dan.get(f"/api/users/{cast.ben.id}")["user"] == hidden
