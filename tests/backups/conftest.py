"""What the tests of backups share: the command line, and PostgreSQL's programs."""

import os
from pathlib import Path
from types import SimpleNamespace

import flask_migrate
import launcher
import pytest
import sqlalchemy as sa
from databases import SETTINGS, close
from migration_chain import chain

from chatapp import create_app
from chatapp.extensions import db


@pytest.fixture(scope="session")
def program_folder():
    """Where PostgreSQL's programs of the test server's version are."""
    return str(launcher._programs())


@pytest.fixture(autouse=True)
def programs(program_folder, monkeypatch):
    """Have PostgreSQL's programs on the path, wherever they are."""
    monkeypatch.setenv("PATH", program_folder + os.pathsep + os.environ["PATH"])


@pytest.fixture
def flask(app):
    """A function that runs a command and returns all that it printed, after checking how it ended."""

    def run(*words, on=app, code=0):
        ended = on.test_cli_runner().invoke(args=[str(word) for word in words])
        assert ended.exit_code == code, ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exc_info
        if code:
            assert ended.output.splitlines()[-1].startswith("Error: "), ended.output
        return ended.output

    return run


@pytest.fixture
def fresh_app(request, tmp_path, database_url):
    """An application on another fresh database of the same kind, in a folder of its own."""
    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    with request.getfixturevalue(kind).fresh(tmp_path) as url:
        made = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(tmp_path)})
        yield made
        close(made)


def rows(app, statement, **values):
    """Return what a SELECT finds."""
    with app.app_context(), db.engine.connect() as connection:
        return connection.execute(sa.text(statement), values).all()


def epoch(app):
    return rows(app, "SELECT epoch FROM server")[0][0]


def contents(app):
    """Return everything that restores must bring back or leave alone."""
    tables = ("users", "groups", "group_members", "messages", "conversations", "directs", "events", "devices", "user_status", "server")
    return {table: sorted(map(str, rows(app, f"SELECT * FROM {table}"))) for table in tables}


def leftovers(folder):
    """Return the names of drafts in a folder."""
    return sorted(path.name for path in folder.iterdir() if ".part" in path.name)


def is_sqlite(app):
    return app.config["DATABASE_URL"].startswith("sqlite")


helpers = SimpleNamespace(rows=rows, epoch=epoch, contents=contents, leftovers=leftovers, is_sqlite=is_sqlite)


@pytest.fixture
def look():
    """The helpers above."""
    return helpers


@pytest.fixture
def outside_of():
    """A function that takes everything out of an application's database, its schema too."""

    def empty(app):
        path = app.config["DATABASE_URL"].removeprefix("sqlite:///")
        with app.app_context():
            if is_sqlite(app):
                db.engine.dispose()
                for end in ("", "-wal", "-shm", ".lock"):
                    Path(path + end).unlink(missing_ok=True)
            else:
                flask_migrate.downgrade(revision="base")
                with db.engine.begin() as connection:
                    connection.exec_driver_sql("DROP TABLE alembic_version")

    return empty


@pytest.fixture
def newer(app, monkeypatch, instance):
    """A function that makes this program newer by one migration."""

    def add(statement):
        directory = str(chain(instance, (statement, "SELECT 1")))
        monkeypatch.setattr(app.extensions["migrate"].migrate, "directory", directory)

    return add
