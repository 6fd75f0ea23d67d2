"""The doorbell: tells every worker that something was committed, so that its tail looks at once.

A ring may get lost; the tail also looks once a second. SQLite: a datagram socket a worker, in a folder beside the
database. PostgreSQL: LISTEN and NOTIFY, sent after the commit (inside the writing transaction it would take a lock that
serialises all commits) and coalesced.
"""

import contextlib
import os
import select
import socket
import stat
import threading
import time
import weakref
from pathlib import Path

import psycopg2
import sqlalchemy as sa

from ..database import postgres

CHANNEL = "chatapp_events"
COALESCE_SECONDS = 0.005


class FileDoorbell:
    """Rings by datagrams to every socket in a folder."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._socket = None
        self._path = None
        self._sender = None

    def open(self):
        """Start to hear rings. Returns whether this call did it. Raises OSError."""
        if self._socket is not None:
            return False
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._path = self._folder / f"{os.getpid()}.{os.urandom(3).hex()}"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            listener.bind(str(self._path))
        except BaseException:
            listener.close()
            raise
        listener.setblocking(False)
        self._socket = listener
        return True

    def wait(self, seconds):
        """Return after a ring, or after so many seconds."""
        if _readable(self._socket, seconds):
            self._drain()

    def ring(self):
        """Ring everybody's bell, one's own included."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return
        if self._sender is None:
            self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._sender.setblocking(False)
            weakref.finalize(self, self._sender.close)
        for name in names:
            try:
                self._sender.sendto(b"!", f"{self._folder}/{name}")
            except BlockingIOError:
                continue  # it has rings waiting already
            except OSError:
                _remove_dead(self._folder / name)

    def close(self):
        """Stop hearing rings."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _drain(self):
        try:
            while True:
                self._socket.recv(16)
        except BlockingIOError:
            pass


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
        if not self._listener.notifies and _readable(self._listener, seconds):
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


def doorbell_for(config):
    """Return the doorbell that fits the configured database."""
    if config["DATABASE_URL"].startswith("sqlite"):
        return FileDoorbell(sa.make_url(config["DATABASE_URL"]).database + ".bells")
    return NotifyDoorbell(config["DATABASE_URL_DIRECT"])


def _readable(source, seconds):
    """Wait until there is something to read. Not by select(): it refuses descriptors from 1024 up, which busy workers have."""
    waiting = select.poll()
    waiting.register(source, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def _remove_dead(path):
    try:
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    except OSError:
        pass  # its owner or another ringer was faster
