"""What every connection of the program promises: durable commits, bounded waits, readers that do not write."""

import os
import socket

import pytest
import sqlalchemy as sa
from databases import SETTINGS, postgresql_only
from outside import Outside

from chatapp import create_app
from chatapp.database import sqlite as lite_settings
from chatapp.extensions import db

SQLITE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 100, "recursive_triggers": 0}
POSTGRESQL = {"synchronous_commit": "on", "jit": "off", "TimeZone": "UTC", "statement_timeout": "15s", "lock_timeout": "5s"}
NOTICES = {"TCP_USER_TIMEOUT": 25_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


@pytest.fixture
def engine(app):
    """The engine of the running application."""
    with app.app_context():
        yield db.engine


def settings(connection):
    if connection.dialect.name == "sqlite":
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in SQLITE}
    return {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in POSTGRESQL}


def test_every_connection_commits_durably_and_waits_only_so_long(engine):
    expected = SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL
    first, second = engine.connect(), engine.connect().execution_options(writing=True)
    with first, second:
        assert first.connection.dbapi_connection is not second.connection.dbapi_connection
        assert [settings(one) for one in (first, second)] == [expected] * 2
        first.rollback()
        assert settings(first) == expected
    engine.dispose()
    with engine.connect() as later:
        assert settings(later) == expected


def test_a_server_that_commits_lazily_is_overruled(postgresql, instance):
    with postgresql.fresh(instance) as url:
        outside = Outside(url)
        name = outside.one("SELECT current_database()")
        outside.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
        outside.run(f"ALTER DATABASE {name} SET timezone = 'Asia/Kathmandu'")
        assert outside.one("SHOW synchronous_commit") == "off"
        app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)})
        with app.app_context():
            with db.engine.connect() as connection:
                assert settings(connection) == POSTGRESQL
            db.engine.dispose()


@postgresql_only
def test_a_database_host_that_vanished_is_noticed_within_half_a_minute(engine):
    with engine.connect() as connection, socket.socket(fileno=os.dup(connection.connection.dbapi_connection.fileno())) as wire:
        keeps = {name: wire.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in NOTICES}
    assert keeps == NOTICES


def test_a_database_that_cannot_be_durable_is_refused(sqlite, instance, monkeypatch):
    monkeypatch.setattr(lite_settings, "PRAGMAS", ("synchronous=NORMAL",))
    with sqlite.fresh(instance) as url:
        app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)})
        with app.app_context(), pytest.raises(RuntimeError, match="durable"):
            db.engine.connect()


def test_on_sqlite_a_reader_cannot_write_and_may_write_when_it_says_so(sqlite, instance):
    with sqlite.fresh(instance) as url:
        app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)})
        with app.app_context():
            write = sa.text("UPDATE groups SET name = 'hall'")
            for _ in range(2):  # the same pooled connection, in turns
                with db.engine.connect() as reader, pytest.raises(sa.exc.OperationalError, match="readonly"):
                    reader.execute(write)
                with db.engine.connect().execution_options(writing=True) as writer:
                    writer.execute(write)
                    writer.commit()
            assert db.engine.pool.checkedin() == 1
            with pytest.raises(sa.exc.OperationalError, match="readonly"):
                db.session.execute(write)
            db.session.rollback()
            db.engine.dispose()
