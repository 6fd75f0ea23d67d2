"""How this program talks to PostgreSQL: durable commits, bounded waits, UTC.

The driver begins no transaction by itself: a single question needs none but behind a pooler, and a commit may travel with the last statements.
"""

import time

from sqlalchemy import event
from sqlalchemy.exc import InternalError, InvalidatePoolError

from .prepared import NEEDS_TRANSACTION, cursor_of

LOCK_TIMEOUT = "5s"
SETTINGS = {
    "timezone": "UTC",
    "synchronous_commit": "on",
    "statement_timeout": "15s",
    "lock_timeout": LOCK_TIMEOUT,
    "jit": "off",  # compiling takes ten milliseconds, all that is asked here takes less, and the planner goes by guesses
    "random_page_cost": "1.1",  # what pages ask for lies in memory: a thousand rows by their keys, not the whole table
}
MORE_ENGINES = ()
WRITING = {}
SNAPSHOT = {"transaction": "ISOLATION LEVEL REPEATABLE READ, READ ONLY"}
LATEST = "ISOLATION LEVEL READ COMMITTED"
IDLE = 0  # libpq's PQTRANS_IDLE
FRESH_SECONDS = 1  # a connection that was used so lately is not tested
# A host that vanished says no goodbye. Both ways it is noticed within 25 s: by whoever waits for its word, and by whoever sent it
# something whose receipt never comes, which the system alone would repeat for a quarter of an hour.
CONNECT = {
    "connect_timeout": 3,
    "tcp_user_timeout": 25_000,  # milliseconds; the others are seconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def options():
    """Return engine options: a small pool."""
    pool = {"pool_size": 16, "max_overflow": 0, "pool_use_lifo": True, "pool_timeout": 3}
    # A statement for many rows goes there a hundred at a time: each way takes longer than a row.
    return {**pool, "executemany_mode": "values_plus_batch", "connect_args": dict(CONNECT)}


def install(engine, pooler=False):
    """Make every transaction of an engine durable and patient only so far. Raises RuntimeError where it cannot be durable.

    ``pooler``: one stands between, by which each transaction may be on another connection. Then each brings its settings along.
    """

    @event.listens_for(engine, "connect")
    def _connect(connection, _record):
        connection.autocommit = True
        if pooler:
            return
        with connection.cursor() as cursor:
            cursor.execute(_settings("SET"))
            cursor.execute("SHOW synchronous_commit")
            if cursor.fetchone()[0] not in ("on", "remote_apply"):
                raise RuntimeError("PostgreSQL did not accept synchronous_commit=on: a commit would not be durable.")

    @event.listens_for(engine, "checkout")
    def _test(connection, record, _proxy):
        """Test what lay idle before it is used, so that a restart of the database heals."""
        if time.monotonic() - record.info.get("used", 0) > FRESH_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error

    engine.update_execution_options(**{NEEDS_TRANSACTION: pooler})
    event.listen(engine, "checkin", _take_back)
    event.listen(engine, "begin", _begins(f"; {_settings('SET LOCAL')}" if pooler else ""))
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", _rollback)


def _settings(command):
    return "; ".join(f"{command} {name}='{value}'" for name, value in SETTINGS.items())


def _take_back(connection, record):
    record.info["used"] = time.monotonic()
    if connection is not None and connection.info.transaction_status != IDLE:  # whoever comes next must not be in a transaction
        record.invalidate()


def _begins(settings):
    def begin(connection):
        with cursor_of(connection) as cursor:
            cursor.execute(f"BEGIN {connection.get_execution_options().get('transaction', LATEST)}{settings}")

    return begin


def _commit(connection):
    """Commit what the last statements did not take along. Raises InternalError where there is nothing that can be committed."""
    if _status(connection) != IDLE:
        with cursor_of(connection) as cursor:
            cursor.execute("COMMIT")
            if cursor.statusmessage != "COMMIT":
                raise InternalError("COMMIT", None, Exception("the transaction had failed"))


def _rollback(connection):
    if not connection.invalidated and _status(connection) != IDLE:
        try:
            connection.connection.dbapi_connection.cursor().execute("ROLLBACK")
        except connection.dialect.loaded_dbapi.Error as error:
            connection.invalidate(error)


def _status(connection):
    return connection.connection.dbapi_connection.info.transaction_status
