"""The tail: the one thread of a worker process that reads new events. Started in the worker, never at import."""

import logging
import threading
import time

LOOK_SECONDS = 1
PAUSE_SECONDS = 0.005  # between two looks: what is committed meanwhile is read at once
REFRESH_SECONDS = 60
RETRY_SECONDS = 0.5
DEAF_SECONDS = 3

log = logging.getLogger(__name__)


def start(feed):
    """Start to follow the log. Returns at once; until the first look polls wait for it or answer 503."""
    feed.watched = True
    threading.Thread(target=_follow, args=(feed,), daemon=True, name="tail").start()
    threading.Thread(target=_guard, args=(feed,), daemon=True, name="tail-guard").start()


def _follow(feed):
    """Look, then wait for a ring, until the worker stops. Whatever goes wrong, the next look must come."""
    ear, refreshed = _Ear(feed.doorbell), time.monotonic()
    while not feed.closing:
        try:
            feed.look()
            if time.monotonic() - refreshed > REFRESH_SECONDS:
                feed.refresh_groups()
                refreshed = time.monotonic()
        except Exception as error:
            log.warning("the feed cannot look: %r", error)
            time.sleep(RETRY_SECONDS)
        else:
            time.sleep(PAUSE_SECONDS)
            ear.wait()
    feed.doorbell.close()


class _Ear:
    """Waits for the doorbell; where it cannot be heard, for as long as a look may take its time."""

    def __init__(self, doorbell):
        self._doorbell = doorbell
        self._deaf_until = 0

    def wait(self):
        """Return when it is time to look."""
        if time.monotonic() < self._deaf_until:
            time.sleep(LOOK_SECONDS)
            return
        try:
            if not self._doorbell.open():  # just opened: it may have rung before
                self._doorbell.wait(LOOK_SECONDS)
        except Exception as error:
            log.warning("the doorbell is not heard; looking every second: %r", error)
            self._doorbell.close()
            self._deaf_until = time.monotonic() + DEAF_SECONDS


def _guard(feed):
    """Wake all who wait when the tail has gone blind, so that they hear 503 instead of silence."""
    while not feed.closing:
        time.sleep(LOOK_SECONDS)
        if feed.blind():
            with feed.lock:
                feed.waiters.wake_all()
