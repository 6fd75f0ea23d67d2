"""The database answers nobody and refuses nobody: it hangs. A worker that sees nothing for five seconds says so, and never
that there is nothing new; when the database goes on, so does everything, by itself."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from cast import Cast
from databases import SETTINGS, PostgreSQL, close
from launcher import restartable_cluster
from served import children, served
from towns import Town, ask, in_background, is_away, until

from chatapp import create_app

BLIND_SECONDS = 5
DEAF_SECONDS = BLIND_SECONDS + 2  # the guard looks every second
SOON_SECONDS = 4
HEALS_SECONDS = 25
SQLITE_PATIENCE_SECONDS = 10  # it sleeps so long inside itself where another process recovers the log, and so does a worker with greenlets
POLLS = ("", "&wait=25", "&wait=25&stream=1")
MORE_THAN_A_POOL = 24

# What a program does that recovers SQLite's log: all its locks, until its input ends.
RECOVERY = """
import fcntl, sys
with open(sys.argv[1], "r+b") as shared:
    fcntl.lockf(shared, fcntl.LOCK_EX, 8, 120)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def standing_still(postmaster):
    """Let a PostgreSQL server and all its backends stand still for the length of the block."""
    stopped = [postmaster]
    os.kill(postmaster, signal.SIGSTOP)
    for pid in children(postmaster):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            stopped.append(pid)
    try:
        yield
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def recovered_by_another(file):
    """Let another process hold all locks of a SQLite database's log for the length of the block."""
    with subprocess.Popen([sys.executable, "-c", RECOVERY, f"{file}-shm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        yield
        other.stdin.close()


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL of this file's own, which it may stop."""
    with restartable_cluster() as running:
        yield running


@pytest.fixture(scope="module")
def hanging_databases(cluster, tmp_path_factory):
    """Fresh databases in it."""
    found = PostgreSQL(cluster.url, tmp_path_factory.mktemp("hanging"))
    yield found
    found.close()


@pytest.fixture(params=["sqlite-gevent", "postgresql-gevent", "postgresql-gthread"])
def chosen(request):
    """(kind of database, kind of worker)."""
    return request.param.split("-")


@pytest.fixture
def database(request, chosen, instance):
    """(its URL, a function that lets it hang for the length of a block)."""
    if chosen[0] == "sqlite":
        with request.getfixturevalue("sqlite").fresh(instance) as url:
            yield url, lambda: recovered_by_another(instance / "chatapp.db")
    else:
        running = request.getfixturevalue("cluster")
        with request.getfixturevalue("hanging_databases").fresh(instance) as url:
            yield url, lambda: standing_still(running.pid)


@pytest.fixture
def town(chosen, database, instance):
    """A server of one worker, with the cast's accounts in that database."""
    url, _ = database
    settings = {**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)}
    app = create_app(settings)
    cast = Cast(app)
    close(app)
    more = {"FEED": "auto", "WORKER_CLASS": chosen[1], "WEB_CONCURRENCY": "1"}
    with served({**settings, **more}, instance / "server.log") as server:
        yield Town(server, cast, url)


def lines_of_a_stream(server, who, cursor):
    """Return (the lines of a streamed poll, how many seconds it lasted)."""
    started = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", f"/api/updates?since={cursor}&wait=25&stream=1", headers={"Authorization": f"Bearer {who.token}"})
        return [json.loads(line) for line in connection.getresponse().read().splitlines()], time.monotonic() - started


def test_while_the_database_hangs_no_poll_says_that_nothing_is_new(town, database, chosen):
    _, hang = database
    more = SQLITE_PATIENCE_SECONDS if chosen == ["sqlite", "gevent"] else 0
    ana, ben, cleo = town.cast.ana, town.cast.ben, town.cast.cleo
    cursor = town.cursor(ben)
    assert town.say(ana, "before")[0] == 201
    assert town.hear(ben, cursor, 1) == ["before"]
    heard = town.cursor(ben)
    held = in_background(town.ask, ben, "GET", f"/api/updates?since={heard}&wait=25")
    stream = in_background(lines_of_a_stream, town.server, cleo, heard)
    time.sleep(0.5)  # the polls lie down
    with hang():
        status, _, body, seconds = held()
        assert (status, json.loads(body)["code"]) == (503, "unavailable"), body
        assert seconds < 0.5 + DEAF_SECONDS + 1 + more
        lines, seconds = stream()
        assert [line["events"] for line in lines] == [[]]  # the first line, which comes at once
        assert seconds < 0.5 + DEAF_SECONDS + 1 + more
        asking = [in_background(ask, town.server, ben, "GET", f"/api/updates?since={heard}{POLLS[n % 3]}") for n in range(MORE_THAN_A_POOL)]
        for one in asking:
            is_away(one(), within=SOON_SECONDS + more)
    until(lambda: goes_on(town), HEALS_SECONDS)
    assert "after" in town.hear(ben, heard, 1)
    assert "Traceback" not in town.server.log()


def goes_on(town):
    status, _, body, _ = town.say(town.cast.ana, "after")
    assert status == 201, body
