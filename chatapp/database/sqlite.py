"""How this program talks to SQLite: write-ahead log, durable commits, readers that cannot write, writers in line."""

import sqlite3
import time

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from .lock import WriteLock

BUSY_TIMEOUT = "busy_timeout=100"  # our own writers never meet; this is for a shell or backup on the same file
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a 2xx is a promise: every commit reaches the disk first
    "foreign_keys=ON",
    BUSY_TIMEOUT,
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)
BEGIN_TRIES = 250
TRY_SECONDS = 0.02
# A connection that reads and then writes would prepare all its statements anew each time: query_only makes them expire.
MORE_ENGINES = ("writing",)
WRITING = {"writing": True}
SNAPSHOT = {}  # every transaction is one


def options():
    """Return engine options: the driver never begins a transaction by itself."""
    arguments = {"isolation_level": None}
    if hasattr(sqlite3, "LEGACY_TRANSACTION_CONTROL"):
        arguments["autocommit"] = sqlite3.LEGACY_TRANSACTION_CONTROL
    # A writer waiting in line holds one. The one used last goes out first: what it has prepared and read is still good.
    return {"connect_args": arguments, "pool_size": 64, "max_overflow": 0, "pool_use_lifo": True}


def install(*engines):
    """Make every transaction of the engines a reader, but for those whose connection has the option ``writing``."""
    writers = _Writers(WriteLock(engines[0].url.database + ".lock"))
    for engine in engines:
        _install(engine, writers)


def _install(engine, writers):
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", writers.begin)
    event.listen(engine, "commit", writers.commit)
    event.listen(engine, "rollback", writers.rollback)
    # A connection that dies in the middle never gets its rollback event.
    event.listen(engine, "checkin", writers.give_back)
    event.listen(engine, "invalidate", writers.give_back)


def _set_pragmas(connection, _record):
    for pragma in PRAGMAS:
        connection.execute("PRAGMA " + pragma)
    if connection.execute("PRAGMA synchronous").fetchone()[0] != 2:
        raise RuntimeError("SQLite did not accept synchronous=FULL: a commit would not be durable.")


class _Writers:
    """Keeps writing transactions in line: the lock is taken before BEGIN and let go after COMMIT or ROLLBACK."""

    def __init__(self, lock):
        self._lock = lock

    def begin(self, connection):
        writing = connection.get_execution_options().get("writing", False)
        until = time.monotonic() + BEGIN_TRIES * TRY_SECONDS
        if writing and not connection.info.get("holds_lock"):
            self._lock.acquire()
            connection.info["holds_lock"] = True
        try:
            self._turn(connection, query_only=not writing)
            _begin_patiently(connection, "BEGIN IMMEDIATE" if writing else "BEGIN", until)
        except BaseException:
            self._let_go(connection.info)
            raise

    @staticmethod
    def _turn(connection, query_only):
        if connection.info.get("query_only") is not query_only:
            connection.exec_driver_sql(f"PRAGMA query_only={int(query_only)}")
            connection.info["query_only"] = query_only

    def commit(self, connection):
        # SQLAlchemy tells this before the driver commits: commit here, so that the lock outlives it.
        if connection.info.get("holds_lock"):
            driver = connection.connection.dbapi_connection
            try:
                driver.commit()
            except sqlite3.Error as error:
                connection.invalidate(error)  # it is still in the transaction that SQLAlchemy takes for ended
                raise DBAPIError.instance("COMMIT", {}, error, sqlite3.Error) from error
            self._let_go(connection.info)

    def rollback(self, connection):
        if connection.info.get("holds_lock"):
            try:
                connection.connection.dbapi_connection.rollback()
            finally:
                self._let_go(connection.info)

    def give_back(self, _connection, record, *_):
        self._let_go(record.info)

    def _let_go(self, info):
        if info.pop("holds_lock", False):
            self._lock.release()


def _begin_patiently(connection, statement, until):
    """Begin when a neighbour outside this program lets us, at the latest at the monotonic time ``until``."""
    # By the driver: SQLAlchemy answers an error with a rollback, and that would let go of our lock between two tries.
    driver = connection.connection.dbapi_connection
    driver.execute("PRAGMA busy_timeout=0")  # SQLite sleeps in C, and so would all clients of a worker with greenlets
    try:
        while not _began(driver, statement, last=time.monotonic() >= until):
            time.sleep(TRY_SECONDS)
    finally:
        driver.execute("PRAGMA " + BUSY_TIMEOUT)


def _began(driver, statement, last):
    try:
        driver.execute(statement)
    except sqlite3.OperationalError as error:
        if last or "locked" not in str(error):
            raise OperationalError(statement, {}, error) from error
        return False
    return True
