"""Admission control: how many requests a worker process works on at once, how many stand in line, who is refused at once, and
how long clients are asked to stay away.

A line that is longer than what is done in LINE_SECONDS helps nobody: whoever stands at its end has given up or asks again
before their turn comes.
"""

import math
import random
import threading
import time
from collections import deque

MOST_INSIDE = 16  # of one kind; deeds that meet are cheaper, so not fewer
LINE_SECONDS = 0.2
FIRST_PACE, FIRST_LEFT = 0.002, 10  # seconds each, of so many, before any were counted
KEPT = 0.98  # of what was counted, at each one that leaves
SMOOTHING = 0.1
WINDOW_SECONDS = 1
PUNCTUAL_SECONDS = 0.05  # so late is what runs beside the requests when the worker is merely busy
MOST_STRETCH = 10
MOST_PAUSE_SECONDS = 30


class Admission:
    """Of one process. Reads and writes stand in lines of their own: while nothing can be written, one can still read."""

    def __init__(self, now=time.monotonic):
        self._now = now
        self._lines = {kind: Line(now) for kind in (True, False)}
        self._late = 0.0

    def line(self, method):
        """Return the Line of requests with such an HTTP method."""
        return self._lines[method in ("GET", "HEAD")]

    def noticed(self, late):
        """Something that should have run at its time ran so many seconds late: others had their turn."""
        self._late += (late - self._late) * SMOOTHING

    def pause(self, seconds):
        """Return how long to ask a client to pause that would pause so many seconds on a worker with little to do."""
        return min(round(seconds * self._stretch(), 1), MOST_PAUSE_SECONDS)

    def retry_after(self):
        """Return after how many whole seconds whoever is refused may try again; not all of them at once."""
        return math.ceil(self.pause(1) * random.uniform(0.5, 1.5))

    def _stretch(self):
        pressure = max(line.pressure() for line in self._lines.values())
        return 1 + min(MOST_STRETCH, 2 * pressure + max(0, self._late / PUNCTUAL_SECONDS - 1))


class Line:
    """Requests of one kind."""

    def __init__(self, now=time.monotonic):
        self._now, self._lock = now, threading.Lock()
        self._inside, self._waiting = 0, deque()
        self._busy, self._left = FIRST_PACE * FIRST_LEFT, FIRST_LEFT  # seconds in which others waited, and how many left in them
        self._left_at = now()
        self._since, self._taken, self._refused, self._pressure = now(), 0, 0, 0.0

    def enter(self):
        """Wait for a turn. Returns whether there is one: then call ``leave`` at its end. False comes at once, or when the
        line does not move."""
        with self._lock:
            if self._turns_away():
                return False
            if self._inside < MOST_INSIDE:
                self._take()
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            mine.wait(2 * LINE_SECONDS)
        except BaseException:  # this one is ended; its turn is somebody else's
            if not self._withdraw(mine):
                self.leave()
            raise
        return not self._withdraw(mine)

    def leave(self):
        """Give the turn to the next in line."""
        with self._lock:
            now = self._now()
            if self._waiting:
                self._busy, self._left = self._busy * KEPT + now - self._left_at, self._left * KEPT + 1
                self._inside -= 1
                self._take()
                self._waiting.popleft().set()
            else:
                self._inside -= 1
            self._left_at = now

    def is_full(self):
        """Tell whether one more request is refused now, and count it as refused if so."""
        with self._lock:
            return self._turns_away()

    def pressure(self):
        """Return how many were refused for each that was taken, lately."""
        with self._lock:
            self._turn_page()
            return self._pressure

    def _turns_away(self):
        """Decide about one more. Whoever stands at the end of the line waits as long as all before them take."""
        if self._inside < MOST_INSIDE:
            return False
        # Deeds that meet leave together: how long ago that was says little, until it is very long.
        if self._now() - self._left_at <= LINE_SECONDS and self._busy / self._left * (len(self._waiting) + 1) <= LINE_SECONDS:
            return False
        self._turn_page()
        self._refused += 1
        return True

    def _take(self):
        self._turn_page()
        self._inside += 1
        self._taken += 1
        if self._inside == MOST_INSIDE:
            self._left_at = self._now()  # from here on, time without anybody leaving counts

    def _withdraw(self, mine):
        """Take somebody out of the line. Returns whether they still stood in it."""
        with self._lock:
            if mine not in self._waiting:
                return False
            self._waiting.remove(mine)
            self._refused += 1
            return True

    def _turn_page(self):
        """Begin to count anew every WINDOW_SECONDS."""
        now = self._now()
        if now - self._since < WINDOW_SECONDS:
            return
        is_recent = now - self._since < 2 * WINDOW_SECONDS
        self._pressure = self._refused / max(1, self._taken) if is_recent else 0.0
        self._since, self._taken, self._refused = now, 0, 0
