"""A standby of PostgreSQL that answers instead of the database itself where it has come as far."""

import time

from sqlalchemy.exc import SQLAlchemyError

from .prepared import cursor_of

HERE = "SELECT pg_current_wal_flush_lsn()"
THERE = "SELECT pg_last_wal_replay_lsn() >= %s"
LOOKS, PAUSE_SECONDS = 3, 0.01  # it is behind by a few milliseconds where much is written
AWAY_SECONDS = 5


class Replica:
    """``engine`` is the standby's, ``primary`` that of the database it follows."""

    def __init__(self, engine, primary):
        self._engine, self._primary = engine, primary
        self._away_until = 0.0

    def connect(self, options):
        """Return a connection to the standby that shows at least what is committed at this moment, in a transaction with these
        execution options; or None where there is none: it is behind, or away."""
        if time.monotonic() < self._away_until:
            return None
        connection = None
        try:
            connection = self._engine.connect().execution_options(**options)
            if self._has_come(connection):
                connection.begin()
                return connection
        except SQLAlchemyError:
            self._away_until = time.monotonic() + AWAY_SECONDS  # so that not everybody waits for it
        if connection is not None:
            connection.close()
        return None

    def _has_come(self, connection):
        with self._primary.connect() as primary, cursor_of(primary) as cursor:
            cursor.execute(HERE)
            (here,) = cursor.fetchone()
        for look in range(LOOKS):
            if look:
                time.sleep(PAUSE_SECONDS)
            with cursor_of(connection) as cursor:
                cursor.execute(THERE, [here])
                if cursor.fetchone()[0]:
                    return True
        return False
