"""The doorbell beside a SQLite file: a datagram socket a worker, in a folder."""

import contextlib
import os
import select
import socket
import stat
import weakref
from pathlib import Path


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
        if readable(self._socket, seconds):
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


def readable(source, seconds):
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
