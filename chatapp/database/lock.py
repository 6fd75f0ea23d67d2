"""One writer at a time on SQLite, in line. SQLite's own busy handler sleeps in C and lets whoever holds the lock
take it again: under load others wait for seconds, and under gevent a sleeping handler freezes every client of the
worker. A lock file is fair enough, and among our own connections it also keeps a checkpoint from meeting another
writer (the WAL-reset corruption of SQLite before 3.51.3)."""

import fcntl
import os
import threading

from ..greenlets import blocking


class WriteLock:
    """A lock between the threads of a process (or greenlets) and between the processes that name the same file."""

    def __init__(self, path):
        self._path = path
        self._threads = threading.Lock()
        self._file = None
        self._pid = None

    def acquire(self):
        """Wait for one's turn. Only a thread of the pool waits for another process, never a worker's event loop."""
        self._threads.acquire()
        try:
            descriptor = self._open()
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                blocking(fcntl.flock, descriptor, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def release(self):
        """Let the next one in."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def _open(self):
        # After a fork the inherited descriptor would share its lock with the parent: open a new one.
        if self._pid != os.getpid():
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._pid = os.getpid()
        return self._file
