"""Commands of the shell."""

import stat
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from browsers import NEW_PASSWORD, Browser, give_password
from cast import Person

from chatapp.clock import clock
from chatapp.extensions import db
from chatapp.jobs import ticks
from chatapp.models import Device, PasswordReset, User

FIRST_LINK = "Make the first account: http://127.0.0.1:8000/setup#token="


@pytest.fixture
def flask(app):
    """A function that runs a command and returns what it printed, after checking how it ended."""

    def run(*words, on=app, code=0):
        ended = on.test_cli_runner().invoke(args=words)
        assert ended.exit_code == code, ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit)
        return ended.output

    return run


def test_prepare_says_where_the_chat_is_and_how_to_make_the_first_account(flask, make_app):
    address, first = flask("prepare").splitlines()
    assert address == "chatapp: http://127.0.0.1:8000" and first.startswith(FIRST_LINK)
    public = make_app(PUBLIC_URL="https://chat.example.org")
    assert flask("prepare", on=public).splitlines()[0] == "chatapp: https://chat.example.org"
    assert flask("setup-link", on=public).strip() == first.replace(FIRST_LINK, "https://chat.example.org/setup#token=")


def test_the_link_makes_the_first_account_and_is_not_shown_afterwards(flask, app, second_app):
    link = flask("setup-link").strip()
    body = {"token": link.partition("#token=")[2], "name": "Ana", "username": "ana", "email": "ana@example.org", "password": NEW_PASSWORD}
    Browser(second_app).call("POST", "/api/setup", body, 201)
    assert flask("prepare") == "chatapp: http://127.0.0.1:8000\n"
    assert flask("setup-link", code=1) == "Error: This server was set up already.\n"


def test_prepare_brings_an_empty_database_to_the_newest_schema(flask, app, instance):
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        assert "users" not in sa.inspect(db.engine).get_table_names()
        db.engine.dispose()
    assert FIRST_LINK in flask("prepare")
    copy = Path(instance / "chatapp.db.before-upgrade")
    assert copy.exists() == (db_kind(app) == "sqlite")
    if copy.exists():
        assert stat.S_IMODE(copy.stat().st_mode) == stat.S_IMODE((instance / "chatapp.db").stat().st_mode)
    assert flask("prepare").startswith("chatapp: ")


def db_kind(app):
    with app.app_context():
        return db.engine.dialect.name


@pytest.mark.parametrize("login", ["ben", "BEN", "Ben@example.org"])
def test_a_reset_link_lets_somebody_choose_a_new_password(flask, app, cast, login):
    give_password(cast.ben)
    link = flask("reset-password", login).strip()
    token = link.removeprefix("http://127.0.0.1:8000/reset/")
    assert Browser(app).open("GET", f"/reset/{token}").status_code == 200
    Browser(app).call("POST", "/api/password_resets", {"token": token, "new_password": NEW_PASSWORD}, 204)
    Browser(app).sign_in("ben", NEW_PASSWORD)


@pytest.mark.parametrize("command", [("reset-password",), ("token",)])
def test_nobody_is_told_so(flask, cast, command):
    cast.ana.post(f"/api/users/{cast.dan.id}/deactivation", status=200)
    for login in ("nobody", "", "dan", "%"):
        more = ("backup",) if command == ("token",) else ()
        assert flask(*command, login, *more, code=1) == "Error: There is no active account with this name.\n"
    assert "Missing argument" in flask(*command, code=2)


def test_a_token_opens_the_doors_and_is_listed_without_its_secret(flask, app, cast):
    token = flask("token", "Ben@example.org", " nightly  backup ").strip()
    script = Person(app, cast.ben.id, token, None)
    assert script.get("/api/me")["me"]["id"] == cast.ben.id
    own = next(one for one in script.get("/api/me/devices")["devices"] if one["current"])
    assert (own["kind"], own["name"]) == ("token", "nightly backup") and token not in str(own)


def test_a_token_with_a_bad_name_is_not_made(flask, app, cast):
    assert flask("token", "ben", "x" * 65, code=1) == "Error: Use at most 64 characters.\n"
    with app.app_context():
        assert db.session.execute(sa.select(sa.func.count()).select_from(Device).filter_by(user_id=cast.ben.id)).scalar_one() == 1


def test_jobs_tells_how_each_job_ended_last(flask, app, monkeypatch):
    assert flask("jobs") == ""
    ticks.tick(app, "prune_leftovers")

    def broken():
        raise LookupError("the disk is gone")

    monkeypatch.setitem(ticks.JOBS, "prune_events", broken)
    ticks.tick(app, "prune_events")
    events, leftovers = flask("jobs").splitlines()
    assert events.startswith("prune_events ") and events.endswith("LookupError  (1 failures)")
    assert leftovers.startswith("prune_leftovers ") and leftovers.endswith(" 0  (0 failures)")


@pytest.mark.parametrize(
    ("words", "stamp"),
    [(("reset-password", "ana"), PasswordReset.expires_at), (("token", "ana", "robot"), Device.created_at), (("demo",), User.created_at)],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_a_command_stores_is_stamped_by_the_databases_clock_whatever_the_host_says(flask, app, request, monkeypatch, words, stamp):
    if words != ("demo",):
        request.getfixturevalue("cast")
    right = clock.seconds()
    monkeypatch.setattr(clock, "_offset", clock._offset + 5 * 3600)
    flask(*words)
    with app.app_context():
        stored = db.session.execute(sa.select(sa.func.max(stamp))).scalar_one()
    assert abs(stored.timestamp() - right) < 3600


def test_every_command_is_listed_and_migrations_have_theirs(app):
    runner = app.test_cli_runner()
    listed = runner.invoke(args=["--help"]).output.split()
    assert {"backup", "db", "demo", "jobs", "prepare", "reset-password", "restore", "setup-link", "token", "worker"} <= set(listed)
    told = runner.invoke(args=["db", "current"])
    assert told.exit_code == 0, told.output
