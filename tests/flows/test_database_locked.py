"""Somebody outside the program holds SQLite's write lock for long: a forgotten shell, a backup."""

import contextlib
import fcntl
import json
import sqlite3
import time

import pytest
from towns import Town, in_background, is_away, until

LETS_GO_SECONDS = 7  # a writer is patient for 5 s, also when it waits in line behind other patient ones
READS_SECONDS = 1.5


@pytest.fixture
def database_url(sqlite, instance):
    """A fresh SQLite database: PostgreSQL has no such lock."""
    with sqlite.fresh(instance) as url:
        yield url


@pytest.mark.parametrize("worker_class", ["gevent", "gthread"])
def test_while_a_stranger_holds_the_write_lock_writers_hear_so_and_readers_go_on(cast, serve, instance, worker_class):
    town = Town(serve(WORKER_CLASS=worker_class), cast, None)
    cursor = town.cursor(cast.ben)
    assert town.say(cast.ana, "before")[0] == 201
    with contextlib.closing(sqlite3.connect(instance / "chatapp.db", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        writing = [in_background(town.say, who, "lost") for who in (cast.ana, cast.ben, cast.cleo) * 2]
        held = in_background(town.ask, cast.ben, "GET", f"/api/updates?since={town.cursor(cast.ben)}&wait=4")
        reads = []
        for _ in range(20):
            reads.append(town.ask(cast.dan, "GET", "/api/state"))
            reads.append(town.ask(cast.dan, "GET", f"/api/updates?since={cursor}"))
            reads.append(town.ask(None, "GET", "/healthz"))
            time.sleep(0.1)
        assert {status for status, *_ in reads} == {200}
        assert max(seconds for *_, seconds in reads) < READS_SECONDS
        for one in writing:
            is_away(one(), within=LETS_GO_SECONDS)
        status, _, body, _ = held()
        assert (status, json.loads(body)["events"]) == (200, [])
        stranger.execute("ROLLBACK")
    for who in (cast.ana, cast.ben, cast.cleo):
        status, _, body, seconds = town.say(who, "after")
        assert status == 201, body
        assert seconds < READS_SECONDS
    assert town.hear(cast.ben, cursor, 4) == ["before", "after", "after", "after"] == town.said()
    assert "Traceback" not in town.server.log()


def test_who_waits_for_a_stranger_keeps_their_place_in_our_own_line(cast, instance):
    with contextlib.closing(sqlite3.connect(instance / "chatapp.db", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        saying = in_background(lambda: cast.ana.say("patient", group=cast.den))
        until(lambda: in_line(instance), 2)
        time.sleep(0.3)  # several tries
        in_line(instance)
        stranger.execute("ROLLBACK")
    assert saying()["content"] == "patient"


def in_line(instance):
    """Fail unless a writer of the program holds the program's own lock."""
    with open(instance / "chatapp.db.lock", "rb") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
