"""Transactions of those who write. Sends that meet in a process may share one: the disk is asked once for all of them.

On SQLite one writes at a time, and the other processes wait once for several deeds. On PostgreSQL positions become visible in
their order, so what tells people something is committed one after the other, each for as long as the disk takes."""

import threading
import time
from contextlib import contextmanager

import sqlalchemy as sa

from ..errors import DomainError, Unavailable
from .prepared import Prepared, run_in_turn

MOST_SECONDS = 0.02  # others wait meanwhile
COMMIT_SECONDS = 30
LINE_SECONDS = 10
TURN_LOCK = 0x7475726E  # any fixed number; "turn" in ASCII
LOCK = Prepared(sa.select(sa.func.pg_advisory_xact_lock(sa.literal_column(str(TURN_LOCK))).label("held")))


class GivenUp(Unavailable):
    """What was shared with others came to nothing, by no fault of this deed: by itself it may succeed."""


@contextmanager
def alone(engine):
    """Yield a connection in a transaction of its own, which is committed at the end of the block, or given up."""
    with engine.connect().execution_options(writing=True) as connection:
        connection.begin()
        yield connection
        connection.commit()


def run_last(connection, rows, log):
    """Run statements that are to be the last ones of a transaction, as ``run_in_turn`` does: those for ``rows``, then those for
    the ``log``. Where several deeds share the transaction, all their rows come before their log: in it one waits for others
    who hold rows."""
    last = connection.get_execution_options().get("last")
    if last is None:
        run_in_turn(connection, [*rows, *log])
    else:
        last[0].extend(rows)
        last[1].extend(log)


class Turns:
    """The line in front of one database, in this process."""

    def __init__(self, engine):
        self._engine = engine
        self._kind = _SavepointTurn if engine.dialect.name == "sqlite" else _LockedTurn
        self._line = threading.Lock()
        self._counting = threading.Lock()
        self._standing = 0
        self._turn = None

    @contextmanager
    def shared(self):
        """Yield a connection in a transaction that those who stand in line may share. When the block has ended it is committed.

        A block that raises a DomainError has not written anything yet. Raises Unavailable when the line does not move, and
        GivenUp when the others' part of the transaction failed, or the commit that another one did for all.
        """
        turn = self._stand_in_line()
        try:
            with turn.deed():
                yield turn.connection
        finally:
            self._leave(turn)
        turn.wait()

    def _leave(self, turn):
        try:
            if turn.failed or not self._standing or time.monotonic() > turn.until:
                self._turn = None
                turn.end()
        finally:
            self._line.release()

    def _stand_in_line(self):
        since = time.monotonic()
        with self._counting:
            self._standing += 1
        try:
            came = self._line.acquire(timeout=LINE_SECONDS)
        finally:
            with self._counting:
                self._standing -= 1
        if not came:
            raise Unavailable
        if self._turn is None:
            try:
                self._turn = self._kind(self._engine, since)
            except BaseException:
                self._line.release()
                raise
        return self._turn


class _Turn:
    """One transaction that several deeds share."""

    def __init__(self, engine, **options):
        self._over, self.failed = threading.Event(), None
        self.connection = engine.connect().execution_options(writing=True, **options)
        try:
            self.begin()
        except BaseException:
            self.connection.close()
            raise
        self.until = time.monotonic() + MOST_SECONDS

    def begin(self):
        """Begin the transaction."""
        self.connection.begin()

    def end(self):
        """Commit for all. Whoever is the last does it, and hears what goes wrong."""
        try:
            if not self.failed:
                self.commit()
        except BaseException as error:
            self.failed = error
            raise
        finally:
            self.connection.close()
            self._over.set()

    def commit(self):
        """Commit the transaction."""
        self.connection.commit()

    def wait(self):
        """Return when it is committed."""
        if not self._over.wait(COMMIT_SECONDS) or self.failed:
            raise GivenUp from self.failed


class _SavepointTurn(_Turn):
    """On SQLite: a deed that fails takes back what it did itself, and no more."""

    def __init__(self, engine, since):
        super().__init__(engine, since=since)

    @contextmanager
    def deed(self):
        """What one does."""
        # The savepoint is of the driver's own: SQLAlchemy would give a session that joins the connection one more.
        driver = self.connection.connection.dbapi_connection
        driver.execute("SAVEPOINT deed")
        try:
            yield
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK TO deed")
                driver.execute("RELEASE deed")
            raise
        driver.execute("RELEASE deed")


class _LockedTurn(_Turn):
    """On PostgreSQL, where a way to the server costs more than anything that is done there: no savepoints, so a deed that fails
    ends the turn for all, and what comes last comes once for all.

    One turn is open at a time among all processes: its deeds hold what a single deed never holds together, and two such
    turns would wait for each other's rows."""

    def __init__(self, engine, _since):
        self._last = ([], [])
        super().__init__(engine, last=self._last)

    def begin(self):
        """Begin the transaction when no other turn is open."""
        super().begin()
        LOCK.run(self.connection, {})

    @contextmanager
    def deed(self):
        """What one does."""
        try:
            yield
        except DomainError:
            raise
        except BaseException as error:
            self.failed = error
            raise

    def commit(self):
        """Run what was put off to the end, and commit."""
        rows, log = self._last
        if rows or log:
            run_in_turn(self.connection, [*rows, *log])
        super().commit()
