"""How this program talks to PostgreSQL: durable commits, bounded waits, UTC."""

import time

from sqlalchemy import event
from sqlalchemy.exc import InternalError, InvalidatePoolError

from .prepared import cursor_of

STATEMENT_TIMEOUT = "15s"
LOCK_TIMEOUT = "5s"
JIT_OFF = "SET jit='off'"  # compiling takes ten milliseconds, all that is asked here takes less, and the planner goes by guesses
MORE_ENGINES = ()
WRITING = {"explicit": True}  # a deed's connection begins and ends its transaction itself
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
IDLE = 0  # libpq's PQTRANS_IDLE
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
            cursor.execute(f"SET timezone='UTC'; SET synchronous_commit='on'; {JIT_OFF}")
            cursor.execute(f"SET statement_timeout='{STATEMENT_TIMEOUT}'; SET lock_timeout='{LOCK_TIMEOUT}'")
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

    event.listen(engine, "checkin", _take_back)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", _rollback)


def without_transaction(connection):
    """Let statements of the driver's own be transactions each, until the connection goes back to the pool."""
    # Not by SQLAlchemy's isolation level, which asks the server for something each time that it is taken back.
    connection.connection.dbapi_connection.autocommit = True


def _take_back(connection, record):
    record.info["used"] = time.monotonic()
    if connection is None:
        return
    try:
        whole = connection.info.transaction_status == IDLE  # whoever comes next must not be in a transaction
        if whole and connection.autocommit:
            connection.autocommit = False  # may ask the server for something, which may just have gone
    except connection.Error:
        whole = False
    if not whole:
        record.invalidate()


def _begin(connection):
    if connection.get_execution_options().get("explicit"):
        with cursor_of(connection) as cursor:
            without_transaction(connection)  # so that a commit may travel with the last statements
            cursor.execute(BEGIN)


def _commit(connection):
    """Commit what the last statements did not take along. Raises InternalError where there is nothing that can be committed."""
    if connection.get_execution_options().get("explicit") and _status(connection) != IDLE:
        with cursor_of(connection) as cursor:
            cursor.execute("COMMIT")
            if cursor.statusmessage != "COMMIT":
                raise InternalError("COMMIT", None, Exception("the transaction had failed"))


def _rollback(connection):
    if connection.get_execution_options().get("explicit") and not connection.invalidated and _status(connection) != IDLE:
        try:
            connection.connection.dbapi_connection.cursor().execute("ROLLBACK")
        except connection.dialect.loaded_dbapi.Error as error:
            connection.invalidate(error)


def _status(connection):
    return connection.connection.dbapi_connection.info.transaction_status
