"""The database goes away under a server that runs, and comes back: nobody hears a lie meanwhile, nobody restarts anything."""

import contextlib
import json
import threading
import time
import uuid

import psycopg2
import pytest
import sqlalchemy as sa
from cast import Cast
from databases import SETTINGS, PostgreSQL, close
from launcher import restartable_cluster
from served import served
from towns import Town, in_background, is_away, until

from chatapp import create_app
from chatapp.database.prepared import Prepared

DEAF_SECONDS = 7  # the tail is blind after 5 s, and its guard looks every second
HEALS_SECONDS = 10


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL of this file's own, which it may stop."""
    with restartable_cluster() as running:
        yield running


@pytest.fixture(scope="module")
def databases(cluster, tmp_path_factory):
    """Fresh databases in it."""
    found = PostgreSQL(cluster.url, tmp_path_factory.mktemp("away"))
    yield found
    found.close()


@pytest.fixture(params=["gevent", "gthread"])
def town(request, databases, instance):
    """A server with the cast's accounts in a database of that PostgreSQL."""
    with databases.fresh(instance) as url:
        settings = {**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)}
        app = create_app(settings)
        cast = Cast(app)
        close(app)
        with served({**settings, "FEED": "auto", "WORKER_CLASS": request.param}, instance / "server.log") as server:
            yield Town(server, cast, url)


def is_well(town):
    for _ in range(12):  # so that each worker has answered: one may notice only by a question that its connection was cut
        status, _, body, _ = town.ask(None, "GET", "/healthz")
        assert status == 200, body


@pytest.mark.parametrize(("town", "signal"), [("gevent", "QUIT"), ("gthread", "INT")], indirect=["town"])
def test_while_postgresql_is_away_everybody_hears_so_and_when_it_is_back_all_goes_on(town, cluster, signal):
    ana, ben, stranger = town.cast.ana, town.cast.ben, None
    cursor, kept = town.cursor(ben), str(uuid.uuid4())
    assert town.say(ana, "before")[0] == 201
    town.ask(ben, "GET", f"/api/updates?since={cursor}&wait=5")
    workers = town.server.workers()
    heard = town.cursor(ben)
    held = in_background(town.ask, ben, "GET", f"/api/updates?since={heard}&wait=25")
    time.sleep(0.5)  # the poll lies down
    cluster.stop(signal)
    try:
        while_away(town, ana, stranger, kept)
        status, _, body, seconds = held()
        assert (status, json.loads(body)["code"]) == (503, "unavailable"), body
        assert seconds < 0.5 + DEAF_SECONDS + 1
        for more in ("", "&wait=25", "&wait=25&stream=1"):
            is_away(town.ask(ben, "GET", f"/api/updates?since={heard}{more}"))
        while_away(town, ana, stranger, kept)
    finally:
        cluster.start()
    until(lambda: is_well(town), HEALS_SECONDS)
    until(lambda: goes_on(town, ana, kept), HEALS_SECONDS)
    assert town.say(ana, "kept in the outbox", kept)[0] == 200
    assert town.hear(ben, cursor, 2) == ["before", "kept in the outbox"] == town.said()
    assert town.server.workers() == workers
    assert "Traceback" not in town.server.log()


def while_away(town, ana, stranger, kept):
    is_away(town.ask(stranger, "GET", "/healthz"))
    is_away(town.ask(ana, "GET", "/api/me"))
    is_away(town.say(ana, "kept in the outbox", kept))
    is_away(town.ask(stranger, "POST", "/api/session", {"login": "ana", "password": "does not matter now"}))
    for path in ("/", "/sign-in", f"/join/{uuid.uuid4()}"):
        is_away(town.ask(stranger, "GET", path))


def goes_on(town, ana, kept):
    status, _, body, _ = town.say(ana, "kept in the outbox", kept)
    assert status in (200, 201), body


def test_connections_that_are_cut_heal_and_nothing_that_was_answered_is_lost(town):
    ana, ben = town.cast.ana, town.cast.ben
    cursor, stop, sent, unknown = town.cursor(ben), threading.Event(), [], []

    def talk():
        while not stop.is_set():
            text, client_id = f"line {len(sent)}", str(uuid.uuid4())
            while (status := town.say(ana, text, client_id)[0]) not in (200, 201):
                unknown.append(status)
                time.sleep(0.05)
            sent.append(text)

    talking = in_background(talk)
    for _ in range(5):
        time.sleep(0.4)
        cut_all(town.url)
    stop.set()
    talking()
    assert set(unknown) <= {503}, unknown
    until(lambda: is_well(town), HEALS_SECONDS)
    assert town.hear(ben, cursor, len(sent)) == sent
    assert len(sent) > 5
    assert "Traceback" not in town.server.log()


def cut_all(url):
    """End every connection to a database but one's own."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        assert cursor.fetchone()[0] > 0


@pytest.mark.parametrize("statement", ["INSERT INTO messages", "INSERT INTO events"])
def test_a_deed_that_the_database_breaks_off_leaves_no_lock_behind(cast, second_app, monkeypatch, statement):
    def break_off(prepared, dialect):
        if form(prepared, dialect).text.startswith(statement):
            raise sa.exc.OperationalError(statement, {}, Exception("the server closed the connection unexpectedly"))
        return form(prepared, dialect)

    form = Prepared.form
    with monkeypatch.context() as patch:
        patch.setattr(Prepared, "form", break_off)
        refused = cast.ana.request("POST", f"/api/groups/{cast.den}/messages", {"client_id": str(uuid.uuid4()), "content": "lost"})
    assert (refused.status_code, refused.get_json()["code"]) == (503, "unavailable")
    started = time.monotonic()
    cast.ben.at(second_app).say("another worker", group=cast.den)
    cast.ana.say("the same worker", group=cast.den)
    assert time.monotonic() - started < 2
    assert [one["content"] for one in cast.ana.get(f"/api/groups/{cast.den}/messages")["messages"]] == ["another worker", "the same worker"]
