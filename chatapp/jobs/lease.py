"""The lease: of all workers on all hosts one works for the clock. It ends with its holder, however that ends."""

import contextlib
import fcntl
import hashlib
import logging
import os

import sqlalchemy as sa

from ..database import postgres

KEY = int.from_bytes(hashlib.sha256(b"chatapp scheduler").digest()[:8], signed=True)
# A holder whose host vanished says no goodbye: the database is to notice within half a minute, not after its usual two hours.
NOTICE_LOSS = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"

log = logging.getLogger(__name__)


class FileLease:
    """A lock on a file beside the database: the system frees it when the process ends."""

    def __init__(self, path):
        self._path, self._file = path, None

    def acquire(self):
        """Try to become the one. Returns whether it worked."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._file = descriptor
        return True

    def alive(self):
        """Tell whether one still is the one."""
        return self._file is not None

    def release(self):
        """Let another become the one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class AdvisoryLease:
    """A session's advisory lock: PostgreSQL frees it when the connection ends."""

    def __init__(self, url):
        arguments = {**postgres.CONNECT, "application_name": "chatapp lease"}
        self._engine = sa.create_engine(url, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
        self._connection = None

    def acquire(self):
        """Try to become the one. Returns whether it worked."""
        try:
            self._connection = self._engine.connect()
            self._connection.exec_driver_sql(NOTICE_LOSS)
            if self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(KEY))).scalar_one():
                return True
        except sa.exc.SQLAlchemyError as error:
            log.warning("the lease cannot be asked for: %s", error.__class__.__name__)
        self._close()
        return False

    def alive(self):
        """Tell whether one still is the one."""
        try:
            self._connection.execute(sa.select(1))
        except sa.exc.SQLAlchemyError:
            return False
        return True

    def release(self):
        """Let another become the one, at once: a backend ends, and frees what it holds, only some time after its connection was closed."""
        if self._connection is not None:
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                self._connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
        self._close()

    def _close(self):
        if self._connection is not None:
            self._connection.invalidate()  # really closed, whatever state it is in
            self._connection.close()
            self._connection = None


def lease_for(config):
    """Return the lease that fits the configured database."""
    if config["DATABASE_URL"].startswith("sqlite"):
        return FileLease(sa.make_url(config["DATABASE_URL"]).database + ".scheduler")
    return AdvisoryLease(config["DATABASE_URL_DIRECT"])
