"""Fresh databases for the tests: each kind is migrated once a test process; every test gets a copy."""

import contextlib
import itertools
import os
import shutil

import flask_migrate
import psycopg2
from sqlalchemy.engine import make_url

from chatapp import create_app
from chatapp.extensions import db

SETTINGS = {"SECRET_KEY": "only-for-tests-" * 3, "SCHEDULER": "off", "FEED": "manual", "PASSWORD_COST": "test"}


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
    """Copies a migrated database inside a server. Names hold the process id: parallel test processes share the server."""

    def __init__(self, server_url, folder):
        self._server_url = make_url(server_url).set(drivername="postgresql")
        self._names = (f"chat_{os.getpid()}_{number}" for number in itertools.count())
        self._template = next(self._names)
        self._run(f"CREATE DATABASE {self._template}")
        migrate(self._url(self._template), folder)

    @contextlib.contextmanager
    def fresh(self, _folder):
        """Yield the URL of a new database; drop it afterwards."""
        name = next(self._names)
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        try:
            yield self._url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self):
        """Drop the template."""
        self._run(f"DROP DATABASE {self._template} WITH (FORCE)")

    def _url(self, name):
        return self._server_url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement):
        connection = psycopg2.connect(self._server_url.render_as_string(hide_password=False))
        connection.autocommit = True  # CREATE DATABASE refuses a transaction
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)


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
