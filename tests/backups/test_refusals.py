"""What cannot be backed up or restored is refused in one sentence, nothing is lost by it and nothing half-made is left."""

import sqlite3
from pathlib import Path

import psycopg2
import pytest
from databases import postgresql_only, sqlite_only

from chatapp import backups
from chatapp.backups import postgres, programs, sqlite


@pytest.fixture
def path(flask, cast, instance):
    """A good backup."""
    cast.ana.say("kept", group=cast.den)
    flask("backup", instance / "good")
    return instance / "good"


@pytest.fixture
def refused(flask, app, instance, look):
    """A function that runs a command which must fail, change nothing, leave no draft and say one sentence; returns that."""

    def run(*words, on=app):
        before, names = look.contents(app), sorted(one.name for one in instance.iterdir())
        said = flask(*words, on=on, code=1).splitlines()[-1]
        assert look.contents(app) == before
        assert look.leftovers(instance) == [] and {*names} >= {one.name for one in instance.iterdir() if "-" not in one.name}
        assert said.endswith((".", " .")) and len(said) < 400, said
        return said.removeprefix("Error: ")

    return run


def test_a_backup_of_the_other_kind_of_database_is_named_so(refused, path, request, tmp_path, app, look):
    other = tmp_path / "other"
    other.write_bytes(b"PGDMP\1\16" + bytes(100) if look.is_sqlite(app) else b"SQLite format 3\0" + bytes(4080))
    said = refused("restore", other)
    here, there = ("SQLite", "PostgreSQL") if look.is_sqlite(app) else ("PostgreSQL", "SQLite")
    assert said == f"{other} is a backup of {there}, and DATABASE_URL names {here}."


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite", bytes(9000)], ids=["empty", "text", "cut short", "zeros"])
def test_what_is_no_backup_is_named_so(refused, path, tmp_path, content):
    (tmp_path / "some").write_bytes(content)
    assert refused("restore", tmp_path / "some") == f"{tmp_path / 'some'} is not a backup."


def test_a_file_that_is_not_there_or_a_folder_is_named_so(refused, path, tmp_path):
    assert refused("restore", tmp_path / "no") == f"{tmp_path / 'no'}: No such file or directory."
    assert refused("restore", tmp_path) == f"{tmp_path} is not a plain file."


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_backup_is_refused(refused, path, tmp_path, share):
    content = path.read_bytes()
    (tmp_path / "cut").write_bytes(content[: int(len(content) * share)])
    refused("restore", tmp_path / "cut")


def test_a_damaged_backup_is_refused(refused, path, tmp_path, app, look):
    content = bytearray(path.read_bytes())
    at = 5 * 4096 if look.is_sqlite(app) else len(content) - 200
    content[at : at + 64] = bytes(64)
    (tmp_path / "damaged").write_bytes(content)
    assert "damaged" in refused("restore", tmp_path / "damaged")


def test_a_backup_of_a_newer_program_is_refused_by_name_of_its_schema(refused, app, flask, cast, instance, monkeypatch, look):
    execute(app, "UPDATE alembic_version SET version_num = '0099'")
    monkeypatch.setattr(sqlite, "require_known", lambda *_: None)
    monkeypatch.setattr(postgres, "require_known", lambda *_: None)
    flask("backup", instance / "newer")
    monkeypatch.undo()
    execute(app, "UPDATE alembic_version SET version_num = '0001'")
    assert refused("restore", instance / "newer").endswith("was made by a newer chatapp (schema 0099). Restore it with that one.")


def execute(app, statement):
    from chatapp.extensions import db

    with app.app_context(), db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("moment", ["begins", "has written", "ends"])
def test_a_restore_that_fails_in_the_middle_changes_nothing(refused, path, cast, app, look, monkeypatch, moment):
    cast.ana.say("later", group=cast.den)
    fail_at(monkeypatch, look.is_sqlite(app), moment)
    refused("restore", path)
    assert cast.ana.say("and on", group=cast.den)["number"] == 3


def fail_at(monkeypatch, lite, moment):
    """Let the restore's own writing end with a full disk."""

    def full(*_):
        raise OSError(28, "No space left on device")

    if lite:
        monkeypatch.setattr(sqlite, "STEP_PAGES", 3)
        if moment == "begins":
            monkeypatch.setattr(sqlite, "_put", full)
            return
        step_on = sqlite._step_on

        def stepping(source, target, doing, tell):
            def told(doing, done, total):
                if doing == "Writing" and done > 9:
                    full()

            step_on(source, target, doing, told)

        monkeypatch.setattr(sqlite, "_step_on", stepping)
        return
    if moment == "ends":
        monkeypatch.setattr(postgres, "CUT_OFF", "SELECT 1/0")
        return
    play, failing = postgres._play, "pre-data" if moment == "begins" else "post-data"
    monkeypatch.setattr(postgres, "_play", lambda cursor, path, section, tell: full() if section == failing else play(cursor, path, section, tell))


def test_a_backup_that_is_interrupted_leaves_nothing(app, cast, instance, look):
    def tell(*_):
        raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        backups.backup(instance / "never", tell)
    assert not (instance / "never").exists()
    assert look.leftovers(instance) == []


def test_a_place_that_cannot_be_written_is_named(refused, app, cast, instance):
    assert refused("backup", instance / "no" / "where").startswith(f"{instance / 'no'}/")
    assert refused("backup", instance) == f"{instance} is there already. Choose another name, or say --replace."
    assert refused("backup", "--replace", instance) == f"{instance} is not a plain file."


def test_a_backup_that_fails_its_check_replaces_nothing(refused, path, app, monkeypatch, look):
    good = path.read_bytes()

    def damaged(*_):
        raise backups.BackupError("It would be damaged.")

    monkeypatch.setattr(sqlite if look.is_sqlite(app) else postgres, "_check", damaged)
    refused("backup", "--replace", path)
    assert path.read_bytes() == good


@sqlite_only
def test_the_database_itself_is_no_place_for_its_backup(refused, cast, instance):
    (instance / "link").symlink_to(instance / "chatapp.db")
    for name in ("chatapp.db", "chatapp.db.lock", "link"):
        assert refused("backup", "--replace", instance / name).endswith("is the database itself.")


@sqlite_only
def test_a_bare_copy_of_a_running_database_is_no_backup(refused, cast, instance, tmp_path):
    cast.ana.say("only in the log", group=cast.den)
    (tmp_path / "copy.db").write_bytes((instance / "chatapp.db").read_bytes())
    assert "may lack its newest messages" in refused("restore", tmp_path / "copy.db")


@sqlite_only
def test_another_programs_database_is_no_backup(refused, cast, tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE things (id)")
    other.close()
    assert refused("restore", tmp_path / "other.db") == f"{tmp_path / 'other.db'} holds no chat."


@sqlite_only
def test_a_restore_waits_for_nobody_who_writes_past_the_line_for_ever(refused, path, instance, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE_SECONDS", 0.2)
    shell = sqlite3.connect(instance / "chatapp.db", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    assert refused("restore", path) == "SQLite says: database is locked."
    shell.close()


@sqlite_only
def test_a_database_with_pages_of_another_size_takes_a_backup(flask, path, fresh_app, cast, look):
    place = Path(fresh_app.config["DATABASE_URL"].removeprefix("sqlite:///"))
    shell = sqlite3.connect(place, isolation_level=None)
    for statement in ("PRAGMA journal_mode=DELETE", "PRAGMA page_size=8192", "VACUUM"):
        shell.execute(statement)
    shell.close()
    flask("restore", path, on=fresh_app)
    assert cast.ana.at(fresh_app).say("goes on", group=cast.den)["number"] == 2


@postgresql_only
def test_without_postgresqls_programs_it_says_what_to_install(refused, path, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused("backup", tmp_path / "new").startswith("The program pg_dump is not here. Install")
    assert refused("restore", path).startswith("The program pg_restore is not here. Install")


@postgresql_only
def test_a_program_older_than_the_server_is_named(refused, cast, monkeypatch, tmp_path):
    fake(tmp_path, "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'", monkeypatch)
    assert refused("backup", tmp_path / "new").startswith(f"{tmp_path}/pg_dump is of version 9 and the server of version ")


@postgresql_only
def test_what_the_program_complains_of_is_said(refused, cast, monkeypatch, tmp_path):
    fake(tmp_path, "pg_dump", 'case "$1" in --version) echo pg_dump 99;; *) echo "pg_dump: error: no such luck." >&2; exit 1;; esac', monkeypatch)
    assert refused("backup", tmp_path / "new") == "pg_dump: error: no such luck."
    assert not (tmp_path / "new").exists()


def fake(folder, name, script, monkeypatch):
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_password_is_in_no_argument_of_a_program():
    for url in ("postgresql+psycopg2://me:s3cret@host/name?sslmode=require", "postgresql+psycopg2://me@host/name?password=s3cret"):
        name, environment = programs.connection(url)
        assert "s3cret" not in name and "host=host" in name and "user=me" in name
        assert environment["PGPASSWORD"] == "s3cret"


@postgresql_only
def test_tables_that_somebody_holds_are_waited_for_only_so_long(refused, path, database_url, monkeypatch):
    monkeypatch.setattr(postgres, "LOCK_ROUNDS", 2)
    other = psycopg2.connect(database_url)
    other.cursor().execute("SELECT count(*) FROM messages")
    assert refused("restore", path).startswith("Something holds tables of the database")
    other.close()


@postgresql_only
def test_what_others_built_upon_the_tables_stops_a_restore(refused, path, app, database_url):
    execute(app, "CREATE SCHEMA theirs; CREATE VIEW theirs.report AS SELECT count(*) FROM messages")
    try:
        assert "other objects depend on" in refused("restore", path)
    finally:
        execute(app, "DROP SCHEMA theirs CASCADE")
