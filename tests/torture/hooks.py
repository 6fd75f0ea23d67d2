"""Hooks in a worker of the product, and what a run reads of what they did. hooked.py says which there are."""

import collections
import contextlib
import fcntl
import functools
import json
import os
import random
import signal
import threading
import time

CALM = ".calm"
DEATHS = ("after_insert", "after_commit", "held_poll")
HELD_SECONDS = 0.3
CALM_LOOK_SECONDS = 0.1


def install(environment):
    """Put the hooks that the environment asks for around the product's functions, in this process."""
    hooks = _Hooks(environment)
    if hooks.number("HOOK_COMMIT_DELAY") or hooks.deaths:
        hooks.around_commits()
    if hooks.number("HOOK_CLOCK_STEPS"):
        hooks.around_clock()
    if hooks.number("HOOK_TAIL_LAG"):
        hooks.around_looks()
    if hooks.deaths.get("held_poll"):
        hooks.around_held_polls()


def lines(log):
    """Return what hooks have done so far, one dict (kind, at, pid) each, in order."""
    with contextlib.suppress(FileNotFoundError), open(log, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
    return []


def counts(log):
    """Return {kind: how often} of what hooks have done so far."""
    return dict(collections.Counter(line["kind"] for line in lines(log)))


def calm(log):
    """Let no hook do anything from now on; the clock goes right again."""
    with open(f"{log}{CALM}", "w", encoding="utf-8"):
        pass


def rouse(log):
    """Let hooks work again."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{log}{CALM}")


class _Hooks:
    def __init__(self, environment):
        self._environment = environment
        self._log = environment["HOOK_LOG"]
        self._calm = environment.get("HOOK_CALM") or self._log + CALM
        self._random = random.Random()
        self._born = time.monotonic()
        pairs = (part.partition(":") for part in environment.get("HOOK_DIE_AT", "").split(",") if part)
        self.deaths = {point: float(rate or 1) for point, _, rate in pairs}
        if unknown := self.deaths.keys() - set(DEATHS):
            raise ValueError(f"HOOK_DIE_AT knows {DEATHS}, not {unknown}")

    def number(self, name, default=0.0):
        """Return a setting as a number."""
        return float(self._environment.get(name) or default)

    def note(self, kind, **rest):
        """Add a line to the log; whole even among many processes, and there even if this one ends at once."""
        line = json.dumps({"kind": kind, "at": time.monotonic(), "pid": os.getpid(), **rest})
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line.encode() + b"\n")
        finally:
            os.close(descriptor)

    def happens(self, share):
        """Draw whether a hook does something now."""
        return self._random.random() < share and not self.is_calm()

    def is_calm(self):
        """Tell whether hooks are told to do nothing."""
        return os.path.exists(self._calm)

    def dies(self, point):
        """Draw whether this worker ends here."""
        old_enough = time.monotonic() - self._born > self.number("HOOK_DIE_AFTER", 2)
        return point in self.deaths and old_enough and self.happens(self.deaths[point])

    def die(self, point):
        """End this worker as the kernel would."""
        self.note(point)
        os.kill(os.getpid(), signal.SIGKILL)

    def around_commits(self):
        from chatapp.actions import transaction
        from chatapp.database.trips import run_in_turn
        from chatapp.updates import Feed

        commit, committed = transaction.commit, Feed.committed
        delay, share = self.number("HOOK_COMMIT_DELAY"), self.number("HOOK_COMMIT_SHARE", 0.2)

        @functools.wraps(commit)
        def commit_slowly(connection, last):
            waits, dies = delay and self.happens(share), last and self.dies("after_insert")
            first, seconds = self._random.random() < 0.5, self._random.uniform(0, delay)
            if waits and first:
                self._wait("commit_delay", seconds)
            if dies or waits and not first:  # between the positions and the commit, which else travel together
                run_in_turn(connection, last)
                last = ()
            if waits and not first:
                self._wait("commit_delay", seconds)
            if dies:
                self.die("after_insert")
            commit(connection, last)

        @functools.wraps(committed)
        def die_or_ring(feed, kinds):
            if self.dies("after_commit"):
                self.die("after_commit")
            committed(feed, kinds)

        transaction.commit, Feed.committed = commit_slowly, die_or_ring

    def around_clock(self):
        clock = _SteppedClock(self, self.number("HOOK_CLOCK_STEPS"), self.number("HOOK_CLOCK_SECONDS", 3))
        wall, wall_ns = time.time, time.time_ns
        time.time = lambda: wall() + clock.offset()
        time.time_ns = lambda: wall_ns() + int(clock.offset() * 1e9)

    def around_looks(self):
        from chatapp.updates import Feed

        look, lag, share = Feed.look, self.number("HOOK_TAIL_LAG"), self.number("HOOK_TAIL_SHARE", 0.3)
        path, held = self._log + ".tail", []

        def is_the_one():
            """Tell whether this worker is the one that lags: the first one that lives."""
            if not held:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    held.append(descriptor)
                except BlockingIOError:
                    os.close(descriptor)
            return held

        @functools.wraps(look)
        def look_late(feed):
            if threading.current_thread().name == "tail" and is_the_one() and self.happens(share):
                self._wait("tail_lag", self._random.uniform(0, lag))
            look(feed)

        Feed.look = look_late

    def around_held_polls(self):
        from chatapp.updates.waiters import Waiter

        wait = Waiter.wait

        @functools.wraps(wait)
        def die_or_wait(waiter, seconds):
            if not self.dies("held_poll"):
                return wait(waiter, seconds)
            wait(waiter, min(seconds, self._random.uniform(0, HELD_SECONDS)))
            if not self.is_calm():
                self.die("held_poll")
            return None  # it looks again, and lies down again

        Waiter.wait = die_or_wait

    def _wait(self, kind, seconds):
        self.note(kind, seconds=round(seconds, 4))
        time.sleep(seconds)


class _SteppedClock:
    """How far a worker's wall clock is off: another number of hours every few seconds."""

    def __init__(self, hooks, hours, every):
        self._hooks, self._hours, self._every = hooks, hours, every
        self._random = random.Random(os.urandom(8))
        self._offset, self._looks, self._next = 0.0, 0.0, time.monotonic() + self._random.uniform(0, every)

    def offset(self):
        """Return the seconds to add to the right time."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._random.uniform(0.5, 1.5) * self._every
            self._offset = self._random.uniform(-self._hours, self._hours) * 3600 if self._hooks.happens(1) else 0.0
            if self._offset:
                self._hooks.note("clock_step", seconds=round(self._offset))
        elif self._offset and now >= self._looks:
            self._looks = now + CALM_LOOK_SECONDS
            self._offset *= not self._hooks.is_calm()
        return self._offset
