"""PostgreSQL's doorbell: LISTEN and NOTIFY, sent after the commit (inside the writing transaction it would take a lock that
serialises all commits) and coalesced."""

import contextlib
import threading
import time

import psycopg2
import sqlalchemy as sa

from ..database import postgres
from .file_doorbell import readable

CHANNEL = "chatapp_events"
COALESCE_SECONDS = 0.005


class NotifyDoorbell:
    """Rings by NOTIFY on a connection of its own."""

    def __init__(self, url):
        self._url = sa.make_url(url)
        self._listener = None
        self._ringer = None
        self._wanted = threading.Event()

    def open(self):
        """Start to hear rings. Returns whether this call did it. Raises psycopg2.Error when the database is away."""
        if self._listener is not None:
            return False
        self._listener = self._connect("listen")
        with self._listener.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        return True

    def wait(self, seconds):
        """Return after a ring, or after so many seconds. Raises psycopg2.Error when the connection is lost."""
        if not self._listener.notifies and readable(self._listener, seconds):
            self._listener.poll()
        self._listener.notifies.clear()

    def ring(self):
        """Ask for a ring; several within a few milliseconds become one."""
        self._wanted.set()
        if self._ringer is None or not self._ringer.is_alive():
            self._ringer = threading.Thread(target=self._ring_on, daemon=True, name="doorbell")
            self._ringer.start()

    def close(self):
        """Stop hearing rings."""
        if self._listener is not None:
            with contextlib.suppress(psycopg2.Error):
                self._listener.close()
            self._listener = None

    def _ring_on(self):
        connection = None
        while self._wanted.wait():
            self._wanted.clear()
            try:
                connection = connection or self._connect("ring")
                with connection.cursor() as cursor:
                    cursor.execute(f"NOTIFY {CHANNEL}")
            except psycopg2.Error:
                connection = None  # the ring is lost; everybody looks within a second anyway
            time.sleep(COALESCE_SECONDS)

    def _connect(self, purpose):
        given = self._url.translate_connect_args(username="user", database="dbname") | self._url.query
        connection = psycopg2.connect(**(postgres.CONNECT | given | {"application_name": f"chatapp {purpose}"}))
        connection.autocommit = True
        return connection
