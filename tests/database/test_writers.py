"""Writers take turns, whoever they are and however they end."""

import contextlib
import json
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa
from databases import SETTINGS
from outside import Outside

from chatapp.actions.transaction import transaction
from chatapp.config import ROOT
from chatapp.database import postgres as postgres_settings
from chatapp.database import sqlite as lite_settings
from chatapp.extensions import db
from chatapp.models import Group, group

HOLD = """
import json, sys
from chatapp import create_app
from chatapp.actions.transaction import transaction
from chatapp.extensions import db
import sqlalchemy as sa

with create_app(json.loads(sys.argv[1])).app_context(), transaction():
    db.session.execute(sa.text("UPDATE groups SET name = 'never'"))
    print("holding", flush=True)
    sys.stdin.readline()
"""
FORK = """
import fcntl, os, sys
from chatapp.database.lock import WriteLock

lock = WriteLock(sys.argv[1])
lock.acquire()
inherited = lock._file
lock.release()
told, tell = os.pipe()
over, end = os.pipe()
child = os.fork()
if not child:
    os.close(end)
    lock.acquire()
    os.write(tell, b"in")
    os.read(over, 1)  # until the parent has looked
    os._exit(0)
os.read(told, 2)
try:
    fcntl.flock(inherited, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("both in")
except BlockingIOError:
    print("kept apart")
os.close(end)
os.waitpid(child, 0)
"""


@pytest.fixture
def outside(database_url):
    """Somebody else's program on the same database."""
    return Outside(database_url)


@pytest.fixture
def in_threads():
    """A function that runs functions at the same time and returns what they raised."""

    def run(*works):
        raised, start = [], threading.Barrier(len(works))

        def guarded(work):
            try:
                start.wait(30)
                work()
            except Exception as error:
                raised.append(error)

        threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
        [one.start() for one in threads]
        [one.join(60) for one in threads]
        return raised + [TimeoutError("a writer still waits") for one in threads if one.is_alive()]

    return run


def count(app, times=1):
    """Read the number that is the primary group's name and write the next one, each time in a deed of its own."""
    with app.app_context():
        for _ in range(times):
            with transaction():
                hall = db.session.execute(group.primary().with_for_update()).scalar_one()
                hall.name = str(int(hall.name) + 1)


@contextlib.contextmanager
def writing(outside):
    """Write from outside for the length of the block; yield the connection."""
    with outside.engine.connect() as connection:
        if outside.lite:
            connection.exec_driver_sql("PRAGMA busy_timeout = 60000")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        connection.commit()


def count_outside(outside, times):
    for _ in range(times):
        with writing(outside) as connection:
            lock = "" if outside.lite else " FOR UPDATE"
            name = connection.exec_driver_sql(f"SELECT name FROM groups WHERE is_primary{lock}").scalar_one()
            connection.execute(sa.text("UPDATE groups SET name = :name WHERE is_primary"), {"name": str(int(name) + 1)})


def look(app, times):
    with app.app_context():
        for _ in range(times):
            db.session.execute(sa.select(Group)).scalars().all()
            db.session.rollback()


def test_writers_of_two_workers_and_an_outside_program_neither_fail_nor_lose_a_write(app, second_app, outside, in_threads, size):
    each = size(25, 500)
    outside.run("UPDATE groups SET name = '0'")
    writers = [lambda app=app: count(app, each) for app in (app, second_app) for _ in range(3)]
    readers = [lambda app=app: look(app, each * 4) for app in (app, second_app)]
    assert in_threads(*writers, *readers, lambda: count_outside(outside, each)) == []
    assert outside.one("SELECT name FROM groups") == str(each * 7)


def test_a_writer_waits_while_an_outside_program_writes_and_readers_do_not(app, cast, outside):
    outside.run("UPDATE groups SET name = '0' WHERE is_primary")
    counting = threading.Thread(target=count, args=(app,))
    with writing(outside) as connection:
        connection.exec_driver_sql("UPDATE groups SET name = '10' WHERE is_primary")
        counting.start()
        until = time.monotonic() + 0.4  # longer than SQLite's own patience here
        while time.monotonic() < until:
            assert [one["name"] for one in cast.dan.get("/api/groups")["groups"]] == ["0"]
            assert counting.is_alive()
    counting.join(20)
    assert not counting.is_alive()
    assert outside.one("SELECT name FROM groups WHERE is_primary") == "11"


@pytest.fixture
def impatient(monkeypatch):
    """Let writers wait for a moment only. Before the application: connections are told when they are made."""
    monkeypatch.setattr(lite_settings, "BEGIN_TRIES", 2)
    monkeypatch.setattr(postgres_settings, "LOCK_TIMEOUT", "200ms")


def test_a_request_that_cannot_write_for_long_is_asked_to_come_again(impatient, cast, second_app, outside):
    message = {"content": "hello?", "client_id": cast.ana.device_id}
    with writing(outside) as connection:
        connection.exec_driver_sql("UPDATE groups SET name = name" if outside.lite else "LOCK TABLE messages")
        reply = cast.ana.request("POST", f"/api/groups/{cast.den}/messages", message)
        assert (reply.status_code, reply.json["code"], "Retry-After" in reply.headers) == (503, "unavailable", True)
    assert cast.ana.at(second_app).post(f"/api/groups/{cast.den}/messages", message)["message"]["number"] == 1
    assert cast.ana.post(f"/api/groups/{cast.den}/messages", message, status=200)["message"]["number"] == 1


def fail(_outside):
    raise ZeroDivisionError


def break_a_rule(_outside):
    db.session.execute(sa.text("INSERT INTO groups (name, is_primary) VALUES ('second', true)"))


def lose_the_connection(_outside):
    db.session.connection().invalidate()
    raise ConnectionResetError


def be_cut_off(outside):
    """End this deed's connection from outside; SQLite has nobody who could, there it is closed under our hands."""
    if outside.lite:
        db.session.connection().connection.dbapi_connection.close()
    else:
        outside.run("SELECT pg_terminate_backend(:pid)", pid=db.session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
    db.session.execute(sa.text("SELECT 1"))


@pytest.mark.parametrize("end", [fail, break_a_rule, lose_the_connection, be_cut_off])
def test_a_deed_that_ends_badly_leaves_nothing_and_lets_the_next_one_in(app, second_app, outside, end, in_threads):
    outside.run("UPDATE groups SET name = '0'")

    def deed():
        with transaction():
            db.session.execute(sa.text("UPDATE groups SET name = '100'"))
            end(outside)

    with app.app_context():
        for _ in range(3):
            with pytest.raises((ZeroDivisionError, ConnectionResetError, sa.exc.SQLAlchemyError)):
                deed()
            assert db.engine.pool.checkedout() == 0
    assert in_threads(*(lambda one=one: count(one) for one in (app, second_app))) == []
    assert outside.one("SELECT name FROM groups") == "2"


def test_a_process_that_is_killed_while_it_writes_leaves_nothing_and_lets_the_next_one_in(app, outside, database_url, instance):
    outside.run("UPDATE groups SET name = '0'")
    settings = {**SETTINGS, "DATABASE_URL": database_url, "INSTANCE": str(instance)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLD, json.dumps(settings)], cwd=ROOT, text=True, **pipes) as holder:
        assert holder.stdout.readline() == "holding\n"
        counting = threading.Thread(target=count, args=(app,))
        counting.start()
        counting.join(0.3)
        assert counting.is_alive()
        holder.kill()
        counting.join(20)
    assert not counting.is_alive()
    assert outside.one("SELECT name FROM groups") == "1"


def test_a_forked_worker_does_not_share_its_parents_lock(tmp_path):
    done = subprocess.run([sys.executable, "-c", FORK, str(tmp_path / "lock")], cwd=ROOT, input="", capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("kept apart\n", "")
