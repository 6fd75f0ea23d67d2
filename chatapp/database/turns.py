"""Transactions of those who write. On SQLite, where one writes at a time, deeds that meet in a process may share a commit: the
disk is asked once for all of them, and the other processes wait for it once."""

import threading
import time
from contextlib import contextmanager

from ..errors import Unavailable

MOST_SECONDS = 0.02  # others wait meanwhile
COMMIT_SECONDS = 30


@contextmanager
def alone(engine):
    """Yield a connection in a transaction of its own, which is committed at the end of the block, or given up."""
    with engine.connect().execution_options(writing=True) as connection:
        connection.begin()
        yield connection
        connection.commit()


class Turns:
    """The line in front of one database file, in this process."""

    def __init__(self, engine):
        self._engine = engine
        self._line = threading.Lock()
        self._counting = threading.Lock()
        self._standing = 0
        self._turn = None

    @contextmanager
    def shared(self):
        """Yield a connection in a transaction that those who stand in line may share. When the block has ended it is committed.

        A block that fails takes back what it did itself, by its savepoint. Raises Unavailable when the commit fails that
        another one did for all.
        """
        turn = self._stand_in_line()
        try:
            with _savepoint(turn.connection):
                yield turn.connection
        finally:
            self._leave(turn)
        turn.wait()

    def _leave(self, turn):
        try:
            if not self._standing or time.monotonic() > turn.until:
                self._turn = None
                turn.end()
        finally:
            self._line.release()

    def _stand_in_line(self):
        since = time.monotonic()
        with self._counting:
            self._standing += 1
        try:
            self._line.acquire()
        finally:
            with self._counting:
                self._standing -= 1
        if self._turn is None:
            try:
                self._turn = _Turn(self._engine, since)
            except BaseException:
                self._line.release()
                raise
        return self._turn


class _Turn:
    """One transaction that several deeds share."""

    def __init__(self, engine, since):
        self._over, self._failed = threading.Event(), None
        self.connection = engine.connect().execution_options(writing=True, since=since)
        try:
            self.connection.begin()
        except BaseException:
            self.connection.close()
            raise
        self.until = time.monotonic() + MOST_SECONDS

    def end(self):
        """Commit for all. Whoever is the last does it, and hears what goes wrong."""
        try:
            self.connection.commit()
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self.connection.close()
            self._over.set()

    def wait(self):
        """Return when it is committed."""
        if not self._over.wait(COMMIT_SECONDS) or self._failed:
            raise Unavailable from self._failed


@contextmanager
def _savepoint(connection):
    # Of the driver's own: SQLAlchemy would give a session that joins the connection one more.
    driver = connection.connection.dbapi_connection
    driver.execute("SAVEPOINT deed")
    try:
        yield
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK TO deed")
            driver.execute("RELEASE deed")
        raise
    driver.execute("RELEASE deed")
