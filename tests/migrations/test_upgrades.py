"""Upgrades that meet another, fail in the middle, or have to wait; and the copy that is kept before one."""

import contextlib
import json
import subprocess
import sys
import time

import flask_migrate
import pytest
import sqlalchemy as sa
from databases import SETTINGS, close
from migration_chain import HEAD, after, chain
from outside import Outside

from chatapp import create_app
from chatapp.config import ROOT

STEPS = [(f"CREATE TABLE step_{number} (id INTEGER)", f"DROP TABLE step_{number}") for number in range(3)]
ONE_AT_A_TIME = 0x6D696772  # as in migrations/env.py
UPGRADE = """
import json, sys
import flask_migrate
from chatapp import create_app
from chatapp.database import postgres

settings, directory, postgres.LOCK_TIMEOUT = json.loads(sys.argv[1])
app = create_app(settings)
print("ready", flush=True)
sys.stdin.readline()
with app.app_context():
    flask_migrate.upgrade(directory=directory)
"""


@pytest.fixture
def start_on(instance):
    """A function that starts a process which is about to upgrade a database, and goes on when a line is written to it."""
    with contextlib.ExitStack() as stack:

        def begin(url, directory, lock_timeout="5s"):
            settings = {**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)}
            command = [sys.executable, "-c", UPGRADE, json.dumps([settings, str(directory), lock_timeout])]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, text=True, **pipes))
            stack.callback(process.kill)
            return process

        yield begin


def go(processes):
    assert [one.stdout.readline() for one in processes] == ["ready\n"] * len(processes)
    for one in processes:
        one.stdin.write("go\n")
        one.stdin.flush()


def revision(outside):
    return outside.one("SELECT version_num FROM alembic_version")


def tables(outside):
    return {name for name in sa.inspect(outside.engine).get_table_names() if name.startswith("step_")}


def empty(app, outside):
    with app.app_context():
        flask_migrate.downgrade(revision="base")
    close(app)
    outside.run("DROP TABLE alembic_version")


def test_processes_that_upgrade_at_once_take_turns(app, outside, start_on, database_url, instance):
    empty(app, outside)
    directory = chain(instance, *STEPS)
    processes = [start_on(database_url, directory) for _ in range(3)]
    go(processes)
    assert [(one.communicate(timeout=60)[1], one.returncode)[1:] for one in processes] == [(0,)] * 3
    assert (revision(outside), tables(outside)) == (after(3), {"step_0", "step_1", "step_2"})
    assert outside.one("SELECT count(*) FROM groups WHERE is_primary") == 1


def test_an_upgrade_waits_for_another_as_long_as_it_takes(postgresql, instance, start_on):
    with postgresql.fresh(instance) as url:
        outside = Outside(url)
        with outside.engine.connect() as other:
            other.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
            process = start_on(url, chain(instance, *STEPS), lock_timeout="50ms")
            go([process])
            waiting = "SELECT max(clock_timestamp() - waitstart) > interval '500 ms' FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while process.poll() is None and not outside.one(waiting):
                time.sleep(0.02)
            assert process.poll() is None
        assert process.communicate(timeout=60)[1] is not None
        assert (process.returncode, revision(outside)) == (0, after(3))


@pytest.mark.parametrize("last", ["INSERT INTO directs (user_id, partner_id, conversation) VALUES (:one, :other, 'x')", "DROP TABLE not_there"])
def test_an_upgrade_that_fails_at_its_end_leaves_nothing_of_its_beginning(app, outside, instance, last):
    orphan = last.replace(":one", "'0190a5f0-0000-7000-8000-000000000001'").replace(":other", "'0190a5f0-0000-7000-8000-000000000002'")
    directory = chain(instance, *STEPS, (orphan, "SELECT 1"))
    with app.app_context(), pytest.raises((sa.exc.DBAPIError, SystemExit)):
        flask_migrate.upgrade(directory=str(directory))
    assert (revision(outside), tables(outside)) == (HEAD, set())
    assert outside.one("SELECT count(*) FROM directs") == 0
    with app.app_context():
        flask_migrate.upgrade(directory=str(directory), revision=after(2))
    assert tables(outside) == {"step_0", "step_1"}


@pytest.fixture
def behind(app, monkeypatch, instance):
    """The command `flask prepare` of a program that is three migrations newer than the database."""
    directory = str(chain(instance, *STEPS))
    monkeypatch.setattr(app.extensions["migrate"].migrate, "directory", directory)
    return lambda: app.test_cli_runner().invoke(args=["prepare"])


def test_prepare_upgrades_and_keeps_a_copy_of_a_sqlite_file_as_it_was(behind, outside, instance):
    eva = outside.user("eva")
    if outside.lite:
        (instance / "chatapp.db").chmod(0o640)
    assert behind().exit_code == 0
    assert (revision(outside), tables(outside)) == (after(3), {"step_0", "step_1", "step_2"})
    copies = [path.name for path in instance.iterdir() if "before" in path.name]
    assert copies == (["chatapp.db.before-upgrade"] if outside.lite else [])
    for name in copies:
        copy = Outside(f"sqlite:///{instance / name}")
        assert (copy.one("SELECT id FROM users"), revision(copy), tables(copy)) == (eva, HEAD, set())
        assert copy.one("PRAGMA integrity_check") == "ok"
        assert (instance / name).stat().st_mode & 0o777 == 0o640


def test_prepare_copies_nothing_when_nothing_changes(behind, instance):
    copy = instance / "chatapp.db.before-upgrade"
    assert behind().exit_code == 0
    copy.unlink(missing_ok=True)
    said = behind()
    assert (said.exit_code, copy.exists()) == (0, False)
    assert "http://127.0.0.1:8000/setup#token=" in said.output


def test_prepare_makes_a_new_sqlite_database_without_a_copy_of_nothing(tmp_path):
    new = create_app({**SETTINGS, "INSTANCE": str(tmp_path / "instance")})
    assert new.test_cli_runner().invoke(args=["prepare"]).exit_code == 0
    close(new)
    assert sorted(path.name for path in (tmp_path / "instance").iterdir()) == ["chatapp.db", "chatapp.db.lock"]
