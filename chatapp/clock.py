"""The one clock: the database's, kept as an offset to this process's monotonic clock.

Nothing is ordered or paged by a time; times are shown, and compared with limits.
"""

import time
from datetime import UTC, datetime


class Clock:
    """Tells the database's time without asking it each time."""

    def __init__(self):
        self._offset = time.time() - time.monotonic()

    def sync(self, offset):
        """Take the database's time as the truth: ``offset`` is its seconds since 1970 less the monotonic clock's, read together."""
        self._offset = offset

    def seconds(self):
        """Return seconds since 1970, UTC."""
        return time.monotonic() + self._offset


clock = Clock()


def seconds():
    """Return the database's time now, in seconds since 1970."""
    return clock.seconds()


def now():
    """Return the database's time now, as an aware UTC datetime."""
    return from_seconds(clock.seconds())


def from_seconds(value):
    """Return seconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(value, UTC)


def rfc3339(moment):
    """Return an aware datetime as RFC 3339 text with microseconds and ``Z``; None stays None."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
