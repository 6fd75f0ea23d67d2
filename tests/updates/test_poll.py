"""Polls: free when nothing happened, held until something does, never answering with what was lost."""

import json
import threading
import time

import pytest
import signs
import sqlalchemy as sa

from chatapp.errors import Resync
from chatapp.extensions import db
from chatapp.updates import poll

HELD = {"wsgi.multithread": True}


@pytest.fixture
def statements(app):
    """Every SQL statement that the application runs."""
    with signs.statements(app) as seen:
        yield seen


class Held:
    """A held poll in a thread of its own."""

    def __init__(self, person, cursor, wait=10):
        self._person, self._path = person, f"/api/updates?since={cursor}&wait={wait}"
        self.reply = self.seconds = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        time.sleep(0.15)  # let it lie down

    def end(self):
        self._thread.join(15)
        return self.reply

    def _run(self):
        started = time.monotonic()
        self.reply = self._person.request("GET", self._path, environ_overrides=HELD)
        self.seconds = time.monotonic() - started


@pytest.mark.parametrize("inside", [True, False], ids=["from the window", "from the log"])
def test_what_a_group_said_before_one_came_or_came_back_is_no_news(cast, inside):
    """Whoever was in for a while is told so, and nothing that was said while they were not."""
    feed = cast.app.extensions["feed"]
    new, known = cast.dan.cursor(), cast.ben.cursor()
    cast.cleo.say("to Ben and Cleo", group=cast.den)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    cast.cleo.say("to Cleo alone", group=cast.den)
    for person in (cast.ben, cast.dan):
        cast.ana.post(f"/api/groups/{cast.den}/members", {"user_id": person.id})
    cast.ben.say("back again", group=cast.den)
    feed.look()
    while not inside and len(feed.window):
        feed.window._drop_oldest()
    answer = cast.dan.updates(new)
    assert [event["kind"] for event in answer["events"]] == ["group.joined", "message.sent"]
    assert answer["events"][1]["data"]["message"]["content"] == "back again"
    heard = [(event["kind"], event["data"].get("message", {}).get("content")) for event in cast.ben.updates(known)["events"]]
    assert ("message.sent", "to Cleo alone") not in heard
    assert [kind for kind, _ in heard if kind != "member.added"] == ["member.removed", "group.joined", "message.sent"]
    assert heard[-1] == ("message.sent", "back again")


@pytest.mark.parametrize("way", ["first poll", "refresh"])
def test_a_worker_that_reads_a_membership_before_its_event_shows_nothing_said_before_it(cast, second_app, way):
    """The window is behind what is read of memberships, so it has not seen the person come."""
    feed, cursor = cast.app.extensions["feed"], cast.dan.at(second_app).cursor()
    if way == "refresh":
        cast.dan.updates(cursor)
    cast.cleo.say("to those who are in", group=cast.den)
    feed.look()
    cast.ana.at(second_app).post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id})
    if way == "refresh":
        feed.refresh_groups()
    heard = cast.dan.get(f"/api/updates?since={cursor}")  # before the tail looks
    assert "message.sent" not in [event["kind"] for event in heard["events"]]


def test_an_idle_poll_runs_no_sql_and_returns_the_clients_own_cursor(cast, statements):
    cursor = cast.ben.cursor()
    cast.ben.updates(cursor)
    statements.clear()
    for _ in range(20):
        reply = cast.ben.get(f"/api/updates?since={cursor}&device=page1")
        assert reply["cursor"] == cursor and reply["events"] == []
    assert statements == []


def test_a_poll_with_news_inside_the_window_runs_no_sql_either(cast, statements):
    cursor = cast.ben.cursor()
    cast.ben.updates(cursor)
    cast.ana.say("news", group=cast.den)
    cast.app.extensions["feed"].look()
    statements.clear()
    assert len(cast.ben.get(f"/api/updates?since={cursor}")["events"]) == 1
    assert statements == []


def test_a_held_poll_answers_as_soon_as_something_arrives(cast):
    held = Held(cast.ben, cast.ben.cursor())
    assert held.reply is None
    cast.ana.say("wake up", group=cast.den)
    cast.app.extensions["feed"].look()
    assert [event["kind"] for event in held.end().get_json()["events"]] == ["message.sent"]
    assert held.seconds < 5


def test_a_held_poll_is_not_woken_by_what_is_not_for_it(cast):
    held = Held(cast.dan, cast.dan.cursor(), wait=0.6)
    cast.ana.say("not for Dan", group=cast.den)
    cast.app.extensions["feed"].look()
    assert held.end().get_json()["events"] == []
    assert held.seconds >= 0.5


def test_a_waiting_poll_holds_no_database_connection(cast):
    with cast.app.app_context():
        pool = db.engine.pool
    held = [Held(one, one.cursor(), wait=2) for one in (cast.ana, cast.ben, cast.cleo)]
    assert pool.checkedout() == 0
    cast.app.extensions["feed"].release()
    [one.end() for one in held]


def test_release_ends_all_waiting_polls_at_once(cast):
    held = Held(cast.ben, cast.ben.cursor(), wait=20)
    cast.app.extensions["feed"].release()
    assert held.end().status_code == 200 and held.seconds < 3


def test_without_threads_a_held_poll_is_answered_at_once_with_a_pause(cast):
    started = time.monotonic()
    reply = cast.ben.get(f"/api/updates?since={cast.ben.cursor()}&wait=20")
    assert time.monotonic() - started < 5 and reply["next"] > 0


def test_a_new_held_poll_of_a_device_takes_the_place_of_its_old_one(cast):
    cursor = cast.ben.cursor()
    old, other = Held(cast.ben, cursor, wait=20), Held(cast.cleo, cast.cleo.cursor(), wait=20)
    new = Held(cast.ben, cursor, wait=20)
    assert old.end().get_json() == {"cursor": cursor, "events": [], "more": False, "next": poll.SHORT_POLL_PAUSE_SECONDS}
    assert old.seconds < 5 and new.reply is None and other.reply is None
    cast.ana.say("to whoever waits", group=cast.den)
    cast.app.extensions["feed"].look()
    for one in (new, other):
        assert [event["data"]["message"]["content"] for event in one.end().get_json()["events"]] == ["to whoever waits"]


def test_a_stream_whose_place_is_taken_says_that_its_client_is_to_pause(cast):
    feed, cursor = cast.app.extensions["feed"], cast.ben.cursor()
    lines = []
    listening = threading.Thread(target=lambda: lines.extend(poll.stream(feed, cast.ben.token, cursor, 20)))
    listening.start()
    time.sleep(0.15)
    new = Held(cast.ben, cursor, wait=20)
    listening.join(5)
    assert [(batch.cursor, batch.bodies, batch.next) for batch in lines] == [(cursor, (), 0), (cursor, (), poll.SHORT_POLL_PAUSE_SECONDS)]
    feed.release()
    new.end()


def test_a_stream_carries_many_batches_the_first_line_at_once(cast):
    feed = cast.app.extensions["feed"]
    cursor = cast.ben.cursor()
    lines = poll.stream(feed, cast.ben.token, cursor, 5)
    with cast.app.app_context():
        assert next(lines).bodies == ()
        for text in ("one", "two"):
            cast.ana.say(text, group=cast.den)
            feed.look()
            batch = json.loads(next(lines).json())
            assert [event["data"]["message"]["content"] for event in batch["events"]] == [text]
    lines.close()


def test_the_streamed_reply_is_one_object_a_line_for_a_proxy_not_to_buffer(cast):
    cursor = cast.ben.cursor()
    cast.ana.say("first", group=cast.den)
    cast.app.extensions["feed"].look()
    reply = cast.ben.request("GET", f"/api/updates?since={cursor}&wait=0.3&stream=1", environ_overrides=HELD)
    lines = [json.loads(line) for line in reply.get_data(as_text=True).splitlines()]
    assert reply.mimetype == "application/x-ndjson" and reply.headers["X-Accel-Buffering"] == "no"
    assert [len(line["events"]) for line in lines] == [1]


def test_a_poll_may_be_asked_again(cast):
    cursor = cast.ben.cursor()
    cast.ana.say("again", group=cast.den)
    first, second = cast.ben.updates(cursor), cast.ben.updates(cursor)
    assert first["events"] == second["events"] != []
    assert cast.ben.updates(first["cursor"])["events"] == []


def test_answers_are_bounded_and_say_when_there_is_more(cast):
    cursor = cast.ben.cursor()
    for _ in range(4):
        for _ in range(60):
            cast.ana.say("x", group=cast.den)
    seen, more = [], True
    while more:
        batch = cast.ben.updates(cursor)
        assert len(batch["events"]) <= 200
        seen += [event["data"]["message"]["number"] for event in batch["events"]]
        cursor, more = batch["cursor"], batch["more"]
    assert seen == list(range(1, 241))


def test_large_events_bound_an_answer_too(cast):
    cursor = cast.ben.cursor()
    for _ in range(30):
        cast.ana.say("x" * 10_000, group=cast.den)
    batch = cast.ben.updates(cursor)
    assert batch["more"] and len(json.dumps(batch)) < 300_000


def test_older_cursors_are_answered_from_the_log_with_the_same_events(cast):
    cursor = cast.ben.cursor()
    cast.ana.say("long ago", group=cast.den)
    cast.dan.say("not for Ben", to=cast.cleo.id)
    feed = cast.app.extensions["feed"]
    inside = cast.ben.updates(cursor)
    while len(feed.window):
        feed.window._drop_oldest()
    assert cast.ben.updates(cursor) | {"cursor": ""} == inside | {"cursor": ""}


def test_a_cursor_of_another_epoch_or_the_future_or_too_old_means_resync(cast):
    feed = cast.app.extensions["feed"]
    cast.ana.say("one", group=cast.den)
    feed.look()
    for sealed in (feed.seal.seal(feed.epoch + 1, 0), feed.seal.seal(feed.epoch, feed.position + 1), feed.seal.seal(feed.epoch, 2**62)):
        assert cast.ben.get(f"/api/updates?since={sealed}", status=409)["code"] == "resync"
    while len(feed.window):
        feed.window._drop_oldest()
    with cast.app.app_context(), db.engine.connect().execution_options(writing=True) as connection:
        connection.execute(sa.text("UPDATE server SET pruned_position = 1"))
        connection.commit()
    with pytest.raises(Resync):
        poll.answer(feed, cast.ben.token, feed.seal.seal(feed.epoch, 0), 0)


@pytest.mark.parametrize("cursor", ["", "x", "A" * 60, "%00" * 60, "9" * 1_000])
def test_a_garbage_cursor_is_named_so(cast, cursor):
    assert cast.ben.get(f"/api/updates?since={cursor}", status=400)["code"] == "bad_cursor"


def meanwhile(feed, monkeypatch, deed):
    """Let something happen right after a poll has made sure of its rights, and before it looks."""
    fill = feed.keys

    def fill_then_act(user_id):
        before = fill(user_id)
        monkeypatch.setattr(feed, "keys", fill)
        thread = threading.Thread(target=deed)  # a request of its own
        thread.start()
        thread.join()
        feed.look()
        return before

    monkeypatch.setattr(feed, "keys", fill_then_act)


@pytest.mark.parametrize("where", ["window", "log"])
def test_what_follows_a_removal_is_not_seen_even_when_both_come_while_a_poll_is_being_answered(cast, monkeypatch, where):
    feed, cursor = cast.app.extensions["feed"], cast.ben.cursor()

    def lose():
        cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
        cast.ana.say("without Ben", group=cast.den)
        feed.look()
        while where == "log" and len(feed.window):
            feed.window._drop_oldest()

    meanwhile(feed, monkeypatch, lose)
    assert [event["kind"] for event in cast.ben.get(f"/api/updates?since={cursor}")["events"]] == ["member.removed"]


def test_a_device_that_ends_while_its_poll_is_being_answered_gets_no_answer(cast, monkeypatch):
    feed, cursor = cast.app.extensions["feed"], cast.ben.cursor()
    meanwhile(feed, monkeypatch, lambda: (cast.ben.delete("/api/session"), cast.ana.say("after", group=cast.den)))
    cast.ben.get(f"/api/updates?since={cursor}", status=401)


def test_a_cursor_gives_no_access(cast):
    cursor = cast.ana.cursor()
    cast.ana.say("for the den", group=cast.den)
    assert cast.dan.updates(cursor)["events"] == []


def test_a_cursor_ahead_of_this_workers_tail_is_met_by_looking(cast, second_app):
    behind = cast.ben.at(second_app)
    behind.updates(behind.cursor())
    cast.ana.say("quick", group=cast.den)
    ahead = cast.ben.cursor()
    assert behind.get(f"/api/updates?since={ahead}")["events"] == []


def test_a_worker_that_cannot_see_the_database_says_so(cast):
    feed = cast.app.extensions["feed"]
    cursor = cast.ben.cursor()
    cast.ben.updates(cursor)
    feed.watched, feed._looked = True, time.monotonic() - 6
    reply = cast.ben.request("GET", f"/api/updates?since={cursor}")
    assert reply.status_code == 503 and reply.headers["Retry-After"]


def test_a_blind_worker_trusts_no_device_that_it_remembers(cast, second_app):
    feed = cast.app.extensions["feed"]
    cast.ben.get("/api/me")
    cast.ben.at(second_app).delete("/api/session")
    assert cast.ben.request("GET", "/api/me").status_code == 200  # this worker's tail has not looked since
    feed.watched, feed._looked = True, time.monotonic() - 6
    assert cast.ben.request("GET", "/api/me").status_code == 401


def test_a_deed_that_is_stored_succeeds_even_when_the_bell_cannot_be_rung(cast, monkeypatch):
    def broken():
        raise OSError("too many open files")

    monkeypatch.setattr(cast.app.extensions["feed"].doorbell, "ring", broken)
    assert cast.ana.say("stored", group=cast.den)["number"] == 1


def test_events_become_visible_in_the_order_of_their_positions(cast, second_app):
    """Two deeds overlap; the one that began first commits last. A plain sequence would lose it for a quick reader."""
    cursor = cast.ben.cursor()
    stop, seen = threading.Event(), []

    def follow():
        nonlocal cursor
        while not stop.is_set() or cast.ben.updates(cursor)["events"]:
            batch = cast.ben.updates(cursor)
            seen.extend(event["data"]["message"]["content"] for event in batch["events"])
            cursor = batch["cursor"]

    def talk(person, group):
        for index in range(25):
            person.say(f"{group} {index}", group=group)

    other = cast.group("other", cast.cleo, cast.ben)
    follower = threading.Thread(target=follow)
    follower.start()
    writers = [threading.Thread(target=talk, args=one) for one in ((cast.ana, cast.den), (cast.cleo.at(second_app), other))]
    [one.start() for one in writers]
    [one.join() for one in writers]
    stop.set()
    follower.join()
    assert sorted(seen) == sorted(f"{group} {index}" for group in (cast.den, other) for index in range(25))
