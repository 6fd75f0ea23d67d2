"""What all clients of a run share: where the server is, which life of the log it is, and when to hold still."""

import threading
import time

from chatapp.updates.cursor import CursorSeal

PARKS_WITHIN_SECONDS = 60


class Stage:
    """One a run."""

    def __init__(self, recorder, secret_key, world, port):
        self.recorder, self.world, self.port = recorder, world, port
        self.seal = CursorSeal(secret_key)
        self.generation = 0
        self.broken = []  # what clients broke with
        self.writing = True  # writers go on
        self.draining = False  # readers stop when nothing comes any more
        self.drains_until = float("inf")  # or at this moment at the latest
        self._free = {"writer": threading.Event(), "reader": threading.Event()}
        self.go_on()
        self._lock = threading.Lock()
        self._clients, self._parked = 0, 0

    def enter(self):
        """A client begins."""
        with self._lock:
            self._clients += 1

    def leave(self):
        """A client has ended."""
        with self._lock:
            self._clients -= 1

    def wait_here(self, role):
        """Called by clients between two operations: return at once, or when what they must not see is over."""
        if self._free[role].is_set():
            return
        with self._lock:
            self._parked += 1
        self._free[role].wait()
        with self._lock:
            self._parked -= 1

    def park(self):
        """Return when every client stands between two operations; they stay there until ``go_on``."""
        for free in self._free.values():
            free.clear()
        until = time.monotonic() + PARKS_WITHIN_SECONDS
        while self._parked < self._clients:
            if time.monotonic() > until:
                raise RuntimeError("a client does not come to rest")
            time.sleep(0.02)

    def go_on(self, *roles):
        """Let the clients of these roles go on; all without any."""
        for role in roles or self._free:
            self._free[role].set()

    @property
    def parking(self):
        """Whether clients are asked to hold still: then nobody begins to wait for long."""
        return not self._free["reader"].is_set()

    def position(self, cursor):
        """Return the position in a cursor."""
        return self.seal.open(cursor)[1]
