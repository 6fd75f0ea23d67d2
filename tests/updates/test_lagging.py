"""A client goes back and forth between a worker that is up to date and workers that are behind: nobody notices."""

import random
import threading
import time

import pytest

from chatapp.extensions import db
from chatapp.updates import feed as feed_module
from chatapp.updates import poll


@pytest.fixture
def workers(app, make_app):
    """Three workers: everybody writes through the first; none looks by itself."""
    return app, make_app(), make_app()


def position_of(app, cursor):
    return app.extensions["feed"].seal.open(cursor)[1]


class Traveller:
    """A client that follows by whichever worker it meets, and remembers all that it was told."""

    def __init__(self, person):
        self.person, self.cursor, self.heard, self.ahead = person, person.cursor(), {}, 0

    def poll(self, app, look):
        """Poll at a worker that has just looked, or has not for long. Never a refusal, never a step back."""
        feed, before = app.extensions["feed"], position_of(app, self.cursor)
        if look:
            feed.look()
        self.ahead += feed.position < before
        answer = self.person.at(app).get(f"/api/updates?since={self.cursor}")
        assert position_of(app, answer["cursor"]) >= before
        assert answer["events"] or answer["cursor"] == self.cursor
        for event in answer["events"]:
            message = event["data"]["message"]
            self.heard.setdefault(message["group_id"], []).append(message["number"])
        self.cursor = answer["cursor"]
        return len(answer["events"])


def test_a_client_that_goes_between_a_fast_worker_and_lagging_ones_misses_nothing_and_hears_nothing_twice(cast, workers, size):
    writing, fast, slow = workers
    count, rng = size(30, 400), random.Random(5)
    groups = [cast.den, cast.group("other", cast.cleo, cast.ben), cast.group("third", cast.dan, cast.ben)]
    traveller = Traveller(cast.ben)
    for app in (fast, slow):
        traveller.poll(app, look=True)

    def talk(person, group):
        for index in range(count):
            person.say(f"{index}", group=group)

    writers = [threading.Thread(target=talk, args=one) for one in zip((cast.ana, cast.cleo.at(slow), cast.dan), groups, strict=True)]
    [one.start() for one in writers]
    while any(one.is_alive() for one in writers):
        traveller.poll(fast, look=True)
        traveller.poll(rng.choice((slow, writing)), look=False)
    [one.join() for one in writers]
    while traveller.poll(fast, look=True):
        pass
    assert traveller.heard == {group: list(range(1, count + 1)) for group in groups}
    assert traveller.ahead > 3, "no worker was ever behind the client"


def test_a_worker_that_is_behind_never_moves_a_cursor_back(cast, workers):
    writing, fast, slow = workers
    ben = cast.ben.at(slow)
    ben.updates(cast.ben.cursor())
    behind = slow.extensions["feed"].position
    cursors = []
    for index in range(5):
        cast.ana.say(f"{index}", group=cast.den)
        cursors.append(cast.ben.at(fast).cursor())
    assert slow.extensions["feed"].position == behind
    for cursor in cursors:  # each is ahead of what this worker had read when it was asked, but for the last ones
        answer = ben.get(f"/api/updates?since={cursor}")
        assert position_of(slow, answer["cursor"]) >= position_of(slow, cursor)
    assert ben.get(f"/api/updates?since={cursors[-1]}") == {"cursor": cursors[-1], "events": [], "more": False, "next": 3}


def test_a_worker_that_is_asked_ahead_of_its_tail_asks_the_database_once_for_all(cast, workers, monkeypatch):
    _, fast, slow = workers
    feed = slow.extensions["feed"]
    cast.ben.at(slow).updates(cast.ben.cursor())
    cast.ana.say("news", group=cast.den)
    ahead, looks = cast.ben.at(fast).cursor(), []
    beginning = feed.reader.look

    def slowly(position):
        looks.append(position)
        time.sleep(0.3)
        return beginning(position)

    monkeypatch.setattr(feed.reader, "look", slowly)
    asking = [threading.Thread(target=cast.ben.at(slow).get, args=(f"/api/updates?since={ahead}",)) for _ in range(5)]
    [one.start() for one in asking]
    [one.join() for one in asking]
    assert len(looks) == 1


def test_a_client_ahead_of_a_tail_that_hangs_hears_that_the_database_is_away(cast, workers, monkeypatch):
    _, fast, slow = workers
    monkeypatch.setattr(feed_module, "BLIND_SECONDS", 0.5)
    feed = slow.extensions["feed"]
    cast.ben.at(slow).updates(cast.ben.cursor())
    cast.ana.say("news", group=cast.den)
    ahead = cast.ben.at(fast).cursor()
    beginning, go = feed.reader.look, threading.Event()

    def hanging(position):
        assert go.wait(30)
        return beginning(position)

    monkeypatch.setattr(feed.reader, "look", hanging)
    tail = threading.Thread(target=feed.look)
    tail.start()
    try:
        started = time.monotonic()
        reply = cast.ben.at(slow).request("GET", f"/api/updates?since={ahead}")
        assert (reply.status_code, reply.get_json()["code"]) == (503, "unavailable")
        assert reply.headers["Retry-After"]
        assert time.monotonic() - started < 5
    finally:
        go.set()
        tail.join()
    assert cast.ben.at(slow).get(f"/api/updates?since={ahead}")["events"] == []


def test_a_lagging_worker_answers_by_what_it_knows_of_rights_and_never_by_what_came_after(cast, workers):
    """It has read neither the removal nor what followed: it may say what came before, and at its next look the removal only."""
    writing, fast, slow = workers
    ben, cursor = cast.ben.at(slow), cast.ben.cursor()
    cast.ana.say("before", group=cast.den)
    ben.updates(cursor)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    cast.ana.say("after", group=cast.den)
    first = ben.get(f"/api/updates?since={cursor}")
    assert [event["kind"] for event in first["events"]] == ["message.sent"]
    assert [event["kind"] for event in ben.updates(first["cursor"])["events"]] == ["member.removed"]
    with fast.app_context():
        batch = poll.answer(fast.extensions["feed"], cast.ben.token, first["cursor"], 0)
        assert len(batch.bodies) == 1
        db.session.rollback()
