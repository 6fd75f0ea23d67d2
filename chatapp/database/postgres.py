"""How this program talks to PostgreSQL: durable commits, bounded waits, UTC."""

import time

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError

STATEMENT_TIMEOUT = "15s"
LOCK_TIMEOUT = "5s"
MORE_ENGINES = ()
FRESH_SECONDS = 1  # a connection that was used so lately is not tested
CONNECT = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def options():
    """Return engine options: a small pool."""
    return {"pool_size": 16, "max_overflow": 0, "pool_use_lifo": True, "pool_timeout": 3, "connect_args": dict(CONNECT)}


def install(engine):
    """Make every connection of an engine durable and patient only so far. Raises RuntimeError where it cannot be durable."""

    @event.listens_for(engine, "connect")
    def _connect(connection, _record):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET timezone='UTC'; SET synchronous_commit='on'; SET statement_timeout='{STATEMENT_TIMEOUT}'; SET lock_timeout='{LOCK_TIMEOUT}'"
            )
            cursor.execute("SHOW synchronous_commit")
            if cursor.fetchone()[0] not in ("on", "remote_apply"):
                raise RuntimeError("PostgreSQL did not accept synchronous_commit=on: a commit would not be durable.")
        connection.commit()

    @event.listens_for(engine, "checkout")
    def _test(connection, record, _proxy):
        """Test what lay idle before it is used, so that a restart of the database heals."""
        if time.monotonic() - record.info.get("used", 0) > FRESH_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error

    @event.listens_for(engine, "checkin")
    def _note(_connection, record):
        record.info["used"] = time.monotonic()
