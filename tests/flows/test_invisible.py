"""Invisible is indistinguishable from signed out: two people with one history, of whom one turns invisible and the other
signs out everywhere, look the same to everybody else by every door and every event, from that instant on."""

import json
from datetime import timedelta

import pytest
from browsers import NEW_PASSWORD, Browser
from cast import PASSWORD
from signs import beat, flush, leave, row

from chatapp.actions import presence
from chatapp.clock import now, rfc3339

pytestmark = pytest.mark.jobs_off_and_on


@pytest.fixture
def twins(cast):
    """Ana's friends Tia, who turns invisible, and Tod, who signs out. Both are in the den with her and write to her."""
    with cast.app.app_context():
        tia, tod = cast.add("tia", "Twin"), cast.add("tod", "Twin")
    cast.den = cast.group("twins", cast.ana, tia, tod, cast.ben)
    for twin in (tia, tod):
        twin.say("hello", to=cast.ana.id)
    return tia, tod


class Watcher:
    """Somebody who looks by every door of both workers and follows every event."""

    def __init__(self, cast, second_app, twins):
        self.ana, self.there, self.twins, self.den, self.hall = cast.ana, cast.ana.at(second_app), twins, cast.den, cast.hall
        self.cursor = self.ana.cursor()

    def looks(self, twin):
        """Return all that is shown of a twin, with what only names them taken out."""
        found = []
        for worker in (self.ana, self.there):
            state = worker.get("/api/state")
            found += [one for one in state["users"] if one["id"] == twin.id]
            found += [one for one in state["directs"] if one["user_id"] == twin.id]
            found += [worker.get(f"/api/users/{twin.id}"), worker.get(f"/api/users?ids={twin.id}"), worker.get(f"/api/presence?users={twin.id}")]
            found += [one for one in worker.get("/api/users?search=twin")["users"] if one["id"] == twin.id]
            for group in (self.den, self.hall):
                found += [one for one in worker.get(f"/api/groups/{group}/members")["members"] if one["user_id"] == twin.id]
        return [self.plain(one, twin) for one in found]

    def hears(self):
        """Return for each twin what was told of them since the last time, by the first worker and by the second."""
        batches = [worker.updates(self.cursor) for worker in (self.ana, self.there)]
        assert batches[0]["events"] == batches[1]["events"]
        self.cursor = batches[0]["cursor"]
        news = []
        for twin in self.twins:
            mine = []
            for event in batches[0]["events"]:
                if event["kind"] == "presence.changed":
                    people = [one for one in event["data"]["presence"] if one["user_id"] == twin.id]
                    mine += [self.plain(one, twin) for one in people]
                elif twin.id in json.dumps(event):
                    mine.append(self.plain(event, twin))
            news.append(mine)
        return news

    def plain(self, value, twin):
        text = json.dumps(value, sort_keys=True).replace(twin.id, "ID").replace("tia", "NAME").replace("tod", "NAME")
        return json.loads(
            text, object_hook=lambda one: {name: field for name, field in one.items() if name not in ("joined_at", "number", "client_id")}
        )

    def cannot_tell(self, told=True):
        tia, tod = map(self.looks, self.twins)
        assert tia == tod
        assert len(tia) == 16
        heard = self.hears()
        assert heard[0] == heard[1]
        assert bool(heard[0]) == told, heard
        return tia


def online(twin):
    beat(twin)


def away(twin):
    beat(twin, active=False)


def nothing(twin):
    pass


def texted(twin):
    beat(twin)
    twin.put("/api/me/status", {"manual_status": "lunch", "expires_at": rfc3339(now() + timedelta(seconds=90))})


def unwritten(twin):
    beat(twin)
    twin.get(f"/api/updates?since={twin.cursor()}&device=other")
    beat(twin)


def leaving(twin):
    beat(twin)
    leave(twin)


def came_and_went(twin):
    beat(twin)
    twin.put("/api/me/status", {"invisible": True})
    twin.put("/api/me/status", {"invisible": False})


def ticked(history):
    """Let the decay have run before the turn, as it does every two seconds."""
    return (*history, True)


UNLESS_TOLD = "unless a job told it before"
# what both did before, how long ago, whether the turn is to be told: it is when others were not told that both are gone
HISTORIES = {
    "online": (online, 0, True),
    "away": (away, 20, True),
    "beats long ago": ticked((online, 700, False)),
    "beats long ago and nobody was told": (online, 700, UNLESS_TOLD),
    "beats 40 s ago": (online, 40, True),
    "never here": (nothing, 0, False),
    "with a text that ends": (texted, 30, True),
    "with a text that has ended": ticked((texted, 100, False)),
    "with a text that has ended and nobody was told": (texted, 100, UNLESS_TOLD),
    "beats that are not written": (unwritten, 1, True),
    "a page that left": (leaving, 5, True),
    "a page that left long ago": ticked((leaving, 11, False)),
    "a page that left long ago and nobody was told": (leaving, 11, UNLESS_TOLD),
    "invisible once before": (came_and_went, 3, True),
}


@pytest.mark.parametrize("history", HISTORIES)
def test_nobody_can_tell_an_invisible_person_from_one_who_signed_out(cast, second_app, twins, later, jobs, history):
    tia, tod = twins
    before, ago, told, *tick = HISTORIES[history]
    told = not jobs.at_work if told is UNLESS_TOLD else told
    watcher = Watcher(cast, second_app, twins)
    for twin in twins:
        before(twin)
    later(ago)
    if tick:
        jobs_run(cast, tia, second_app)
    watcher.hears()
    tia.put("/api/me/status", {"invisible": True})
    tod.delete("/api/session")
    first = watcher.cannot_tell(told)
    assert row(cast.app, tia)["invisible"]
    for wait, deed in AFTERWARDS:
        later(wait)
        deed(cast, tia, second_app)
        assert without_texts(watcher.cannot_tell(told=False)) == without_texts(first), (
            f"{deed.__name__}: nothing moves any more, last_seen least of all"
        )


def beats_on(cast, tia, second_app):
    for page in ("page1", "page2"):
        beat(tia, page)
        beat(tia.at(second_app), page)
    tia.at(second_app).get(f"/api/updates?since={tia.cursor()}&device=page3")
    for app in (cast.app, second_app):
        flush(app)


def changes_settings(cast, tia, _second_app):
    tia.put("/api/me/status", {"manual_status": "secretly here", "expires_at": rfc3339(now() + timedelta(hours=1))})
    tia.put("/api/me/status", {"invisible": True})
    tia.put(f"/api/groups/{cast.hall}/read_mark", {"number": 0})


def leaves(_cast, tia, _second_app):
    for page in ("page1", "page2", "page3"):
        leave(tia, page)


def jobs_run(cast, _tia, second_app):
    for app in (second_app, cast.app):
        with app.app_context():
            presence.decay_presence()
            presence.tidy_statuses()


AFTERWARDS = [(4, beats_on), (6, changes_settings), (9, leaves), (20, beats_on), (70, jobs_run), (500, beats_on), (5000, jobs_run)]


def without_texts(looks):
    """Leave out status texts: one that both had may end meanwhile."""
    return json.loads(json.dumps(looks), object_hook=lambda one: {name: value for name, value in one.items() if name != "manual_status"})


def test_a_message_of_an_invisible_person_moves_nothing_but_itself(cast, second_app, twins, later):
    watcher = Watcher(cast, second_app, twins)
    for twin in twins:
        beat(twin)
    tia, tod = twins
    tia.put("/api/me/status", {"invisible": True})
    tod.delete("/api/session")
    before = watcher.cannot_tell()
    later(30)
    tia.say("psst", to=cast.ana.id)
    tia.say("psst", group=cast.den)
    tia.patch("/api/me", {"name": "Twin the first"})
    shown = [one for one in watcher.looks(tia) if "auto_status" in json.dumps(one)]
    expected = json.loads(json.dumps([one for one in before if "auto_status" in json.dumps(one)]).replace('"Twin"', '"Twin the first"'))
    assert sorted(map(str, shown)) == sorted(map(str, expected))
    kinds = {event["kind"] for event in cast.ana.updates(watcher.cursor)["events"]}
    assert kinds == {"message.sent", "user.changed"}


def test_what_another_worker_remembers_tells_them_apart_neither_before_nor_after_it_hears(cast, second_app, twins, later):
    tia, tod = twins
    there, feed = cast.ana.at(second_app), second_app.extensions["feed"]

    def both():
        shown = there.get(f"/api/presence?users={tia.id},{tod.id}")["presence"]
        texts = {json.dumps({**one, "user_id": "ID"}) for one in shown}
        assert len(texts) == 1
        return json.loads(texts.pop())["auto_status"]

    for twin in twins:
        beat(twin)
    feed.look()
    assert both() == "online"
    tia.put("/api/me/status", {"invisible": True})
    tod.delete("/api/session")
    both()
    beat(tia)
    both()
    feed.look()
    assert both() == "offline"
    beat(tia.at(second_app))
    flush(second_app)
    later(3)
    assert both() == "offline"


def test_coming_back_looks_like_signing_in_and_tells_nothing_of_the_time_between(cast, second_app, twins, later):
    tia, _ = twins
    ana = cast.ana
    beat(tia)
    tia.put("/api/me/status", {"manual_status": "before"})
    tia.put("/api/me/status", {"invisible": True})
    hidden = ana.get(f"/api/presence?users={tia.id}")["presence"]
    later(100)
    beat(tia)
    tia.put("/api/me/status", {"manual_status": "between"})
    later(70)
    tia.put("/api/me/status", {"invisible": False})
    shown = ana.get(f"/api/presence?users={tia.id}")["presence"]
    assert shown == [hidden[0] | {"manual_status": "between"}], "her last page went while she was invisible"
    cursor = ana.cursor()
    beat(tia)
    assert {one["auto_status"] for event in ana.updates(cursor)["events"] for one in event["data"]["presence"]} == {"online"}
    assert ana.at(second_app).get(f"/api/presence?users={tia.id}")["presence"][0]["last_seen"] is None


def test_it_outlasts_new_devices_another_password_and_a_restart(cast, make_app):
    beat(cast.ben)
    cast.ben.put("/api/me/status", {"invisible": True})
    hidden = cast.ana.get(f"/api/users/{cast.ben.id}")["user"]
    browser = Browser(cast.app)
    browser.sign_in("ben")
    browser.call("POST", "/api/heartbeat", {"device": "elsewhere", "active": True, "visible": True})
    browser.call("PUT", "/api/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD}, 204)
    restarted = make_app()
    again = Browser(restarted)
    again.sign_in("ben", NEW_PASSWORD)
    again.call("POST", "/api/heartbeat", {"device": "again", "active": True, "visible": True})
    assert again.call("GET", "/api/me")["me"]["invisible"]
    assert cast.ana.at(restarted).get(f"/api/users/{cast.ben.id}")["user"] == hidden


@pytest.mark.parametrize("invisible", [True, False])
def test_whoever_guesses_a_password_does_not_learn_that_an_invisible_person_signed_in(cast, later, invisible):
    """To be let off earlier tries would tell it."""
    cast.ben.put("/api/me/status", {"invisible": invisible})

    def guess():
        return Browser(cast.app, address="198.51.100.9").open("POST", "/api/session", {"login": "ben", "password": "a guess"}).status_code

    assert [guess() for _ in range(5)] == [401] * 5
    later(1)
    Browser(cast.app).sign_in("ben")
    assert [guess(), guess()] == ([401, 429] if invisible else [401, 401])


def test_an_invisible_person_sees_themself_as_they_are(cast):
    beat(cast.cleo)
    me = cast.cleo.put("/api/me/status", {"invisible": True, "manual_status": "writing"})["me"]
    assert (me["auto_status"], me["manual_status"], me["invisible"]) == ("online", "writing", True)
    assert cast.cleo.get(f"/api/presence?users={cast.cleo.id}")["presence"][0]["auto_status"] == "online"
    assert beat(cast.cleo)["auto_status"] == "online"
