"""What a backup holds comes back, and what was there instead is kept."""

import stat
import threading

import pytest
from migration_chain import after

from chatapp.backups import sqlite


def texts(person, group):
    return [one["content"] for one in person.get(f"/api/groups/{group}/messages")["messages"]]


@pytest.fixture
def made(flask, cast, instance):
    """A backup of the den with one message in it, after which a second one was written."""
    cast.ana.say("kept", group=cast.den)
    said = flask("backup", instance / "my.backup")
    cast.ana.say("lost", group=cast.den)
    return said


def test_a_backup_is_one_private_file_and_the_command_says_so(made, instance, look):
    path = instance / "my.backup"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"{path}: " in made.splitlines()[-1] and "checked" in made
    assert look.leftovers(instance) == []
    assert [one.name for one in instance.iterdir() if one.name.startswith("my.")] == ["my.backup"]


def test_a_restore_brings_back_what_was_and_begins_a_new_epoch_in_every_worker(flask, made, app, second_app, cast, instance, look):
    before, ben = look.epoch(app), cast.ben.at(second_app)
    cursors = [cast.ben.cursor(), ben.cursor()]
    flask("restore", instance / "my.backup")
    assert look.epoch(app) != before and 0 <= look.epoch(app) < 2**63
    for who, cursor in zip((cast.ben, ben), cursors, strict=True):
        assert who.updates(cursor, status=409)["code"] == "resync"
        assert texts(who, cast.den) == ["kept"]
    cursor = ben.cursor()
    assert cast.ana.say("after", group=cast.den)["number"] == 2
    assert ben.kinds(cursor) == ["message.sent"]
    assert look.leftovers(instance) == []


def test_two_restores_of_one_backup_are_two_epochs(flask, made, app, instance, look):
    flask("restore", instance / "my.backup")
    first = look.epoch(app)
    flask("restore", instance / "my.backup")
    assert look.epoch(app) != first


def test_what_was_there_is_kept_and_can_be_restored_in_turn(flask, made, app, cast, instance, look):
    before = look.contents(app)
    said = flask("restore", instance / "my.backup")
    kept = [path for path in instance.iterdir() if "before-restore" in path.name]
    assert len(kept) == 1 and str(kept[0]) in said
    assert stat.S_IMODE(kept[0].stat().st_mode) & 0o077 == (0o044 if look.is_sqlite(app) else 0)  # as the database's own file
    flask("restore", kept[0])
    assert texts(cast.ben, cast.den) == ["kept", "lost"]
    now = look.contents(app)
    assert now.pop("server") != before.pop("server")
    assert now == before
    assert len([path for path in instance.iterdir() if "before-restore" in path.name]) == 2, "the first one is not overwritten"


def test_a_restore_fills_a_fresh_server(flask, made, fresh_app, cast, instance, look):
    said = flask("restore", instance / "my.backup", on=fresh_app)
    assert "kept" in said
    assert texts(cast.ben.at(fresh_app), cast.den) == ["kept"]
    assert cast.ana.at(fresh_app).say("goes on", group=cast.den)["number"] == 2


def test_a_restore_needs_no_schema_to_be_there(flask, made, fresh_app, cast, instance, look, outside_of):
    outside_of(fresh_app)
    said = flask("restore", instance / "my.backup", on=fresh_app)
    assert "before" not in said
    assert texts(cast.ben.at(fresh_app), cast.den) == ["kept"]


def test_an_older_schema_is_brought_up_to_date_in_the_same_moment(flask, made, app, cast, instance, look, newer):
    newer("CREATE TABLE step_0 (id INTEGER)")
    flask("prepare")
    look.rows(app, "SELECT * FROM step_0")
    flask("restore", instance / "my.backup")
    assert look.rows(app, "SELECT * FROM step_0") == []
    assert look.rows(app, "SELECT version_num FROM alembic_version") == [(after(1),)]
    assert texts(cast.ben, cast.den) == ["kept"]


def test_a_backup_may_replace_an_older_one_only_when_told_so(flask, made, cast, instance, fresh_app):
    path = instance / "my.backup"
    older = path.read_bytes()
    assert flask("backup", path, code=1).endswith(f"Error: {path} is there already. Choose another name, or say --replace.\n")
    assert path.read_bytes() == older
    flask("backup", "--replace", path)
    flask("restore", path, on=fresh_app)
    assert texts(cast.ben.at(fresh_app), cast.den) == ["kept", "lost"]


def test_everything_that_was_told_beside_messages_comes_back_too(flask, cast, fresh_app, instance, look, app):
    ana = cast.ana
    first = ana.say("zu ändern\t\\.\n\\N \\\\ 😀", group=cast.den)
    ana.patch(f"/api/messages/{first['id']}", {"content": "geändert\t\\.\n\\."})
    ana.say("direct", to=cast.dan.id)
    ana.delete(f"/api/messages/{ana.say('gone', group=cast.hall)['id']}", status=200)
    ana.put("/api/me/status", {"manual_status": "back at %s {x} 9"})
    ana.put(f"/api/groups/{cast.den}/read_mark", {"number": 1})
    flask("backup", instance / "all")
    flask("restore", instance / "all", on=fresh_app)
    there, here = look.contents(fresh_app), look.contents(app)
    assert there.pop("server") != here.pop("server")
    assert there == here


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_sent_during_a_restore_waits_and_is_stored_in_what_was_restored(flask, made, cast, second_app, instance, monkeypatch):
    put, answers = sqlite._put, []
    sender = threading.Thread(target=lambda: answers.append(cast.ben.at(second_app).say("during", group=cast.den)))

    def slowly(*arguments):
        sender.start()
        sender.join(0.5)
        assert answers == []
        put(*arguments)

    monkeypatch.setattr(sqlite, "_put", slowly)
    flask("restore", instance / "my.backup")
    sender.join(10)
    assert answers[0]["number"] == 2
    assert texts(cast.ana, cast.den) == ["kept", "during"]
