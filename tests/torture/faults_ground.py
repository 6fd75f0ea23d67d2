"""What faults work on, and what they share."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from random import Random

from launcher import Cluster
from served import Server, state

HEALS_WITHIN_SECONDS = 30


@dataclass
class Ground:
    """A server, its database and the proxies in front. ``cluster`` is None where PostgreSQL cannot be stopped, and on SQLite."""

    server: Server
    database_url: str
    proxies: list = field(default_factory=list)
    cluster: Cluster | None = None
    random: Random = field(default_factory=Random)

    @property
    def is_sqlite(self):
        """Whether the database is a file."""
        return self.database_url.startswith("sqlite")

    def seconds(self, least, most):
        """Return how long something shall last."""
        return round(self.random.uniform(least, most), 3)


def until(condition, seconds=HEALS_WITHIN_SECONDS):
    """Wait until a condition holds, at most so long. Returns its last value."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


def send(pid, number):
    """Send a signal; return whether there was somebody to get it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


def freeze(pid, seconds):
    """Stop a process, and let it go on after so many seconds. Returns whether it really stood still from the first to the last."""
    if not send(pid, signal.SIGSTOP):
        return False
    try:
        stood = until(lambda: state(pid) == "T", 2)
        time.sleep(seconds)
        return stood and state(pid) == "T"
    finally:
        send(pid, signal.SIGCONT)
