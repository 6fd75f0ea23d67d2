"""Fresh databases for the tests: each kind is migrated once a test process; no test sees what another one left."""

import contextlib
import itertools
import os
import shutil

import flask_migrate
import psycopg2
import pytest
from sqlalchemy.engine import make_url

from chatapp import create_app
from chatapp.extensions import db

SETTINGS = {"SECRET_KEY": "only-for-tests-" * 3, "SCHEDULER": "off", "FEED": "manual", "PASSWORD_COST": "test"}

# Marks of tests that have something to say about one kind only.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class SQLite:
    """Copies a migrated file."""

    def __init__(self, folder):
        self._file = folder / "template.db"
        migrate(f"sqlite:///{self._file}", folder)

    @contextlib.contextmanager
    def fresh(self, folder):
        """Yield the URL of a new database in the folder."""
        shutil.copyfile(self._file, folder / "chatapp.db")
        yield f"sqlite:///{folder / 'chatapp.db'}"


class PostgreSQL:
    """Databases at the newest schema inside a server. Names hold the process id: parallel test processes share the server.

    A database is emptied and used again, which is many times quicker than a new one; after a test that changed its schema (a
    restore does: what was dumped reads a little differently), or left something behind that cannot be emptied, it is dropped.
    """

    def __init__(self, server_url, folder):
        self._server_url = make_url(server_url).set(drivername="postgresql")
        self._names = (f"chat_{os.getpid()}_{number}" for number in itertools.count())
        self._template = next(self._names)
        self._clean = []
        self._run(f"CREATE DATABASE {self._template}")
        migrate(self._url(self._template), folder)
        self._schema = self._ask(self._template, SCHEMA)

    @contextlib.contextmanager
    def fresh(self, _folder):
        """Yield the URL of a database with nothing in it but what a migration leaves."""
        name = self._clean.pop() if self._clean else self._new()
        try:
            yield self._url(name)
        finally:
            if self._emptied(name):
                self._clean.append(name)
            else:
                self._drop(name)

    def close(self):
        """Drop all that is left."""
        for name in (*self._clean, self._template):
            self._drop(name)

    def _new(self):
        name = next(self._names)
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        return name

    def _drop(self, name):
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _emptied(self, name):
        try:
            self._ask(name, EMPTY)
            return self._ask(name, SCHEMA) == self._schema
        except psycopg2.Error:
            return False

    def _ask(self, name, statement):
        with contextlib.closing(psycopg2.connect(self._url(name))) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def _url(self, name):
        return self._server_url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement):
        connection = psycopg2.connect(self._server_url.render_as_string(hide_password=False))
        connection.autocommit = True  # CREATE DATABASE refuses a transaction
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)


# Whoever is still connected goes first: a server that a test killed may not have hung up yet.
EMPTY = """
SET lock_timeout = '2s';
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ BEGIN
  EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('%I', tablename), ', ') || ' RESTART IDENTITY'
    FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version');
END $$;
INSERT INTO groups (name, is_primary) VALUES ('Everyone', true);
INSERT INTO server (id, epoch) VALUES (1, floor(random() * 9e15)::bigint);
"""
SCHEMA = """
SELECT 'table', relname, relkind::text, relnatts, relchecks FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'function', proname, md5(prosrc), 0, 0 FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgname, tgenabled::text || pg_get_triggerdef(oid), tgtype, 0 FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'version', version_num, '', 0, 0 FROM alembic_version
ORDER BY 1, 2, 3
"""


def migrate(url, folder):
    """Bring an empty database to the newest schema."""
    app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(folder)})
    with app.app_context():
        flask_migrate.upgrade()
    close(app)


def close(app):
    """End what an application holds: its waiting polls and its connections."""
    app.extensions["feed"].release()
    with app.app_context():
        db.engine.dispose()
