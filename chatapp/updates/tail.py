"""The tail: the one thread of a worker process that reads new events. Started in the worker, never at import."""

import logging
import threading
import time

import psycopg2

from ..errors import Unavailable

LOOK_SECONDS = 1
REFRESH_SECONDS = 60
RETRY_SECONDS = 0.5

log = logging.getLogger(__name__)


def start(feed):
    """Start to follow the log. Returns at once; until the first look polls wait for it or answer 503."""
    feed.watched = True
    threading.Thread(target=_follow, args=(feed,), daemon=True, name="tail").start()
    threading.Thread(target=_guard, args=(feed,), daemon=True, name="tail-guard").start()


def _follow(feed):
    refreshed = time.monotonic()
    opened = False
    while not feed.closing:
        try:
            if not opened:
                feed.doorbell.open()
                opened = True
            feed.look()
            if time.monotonic() - refreshed > REFRESH_SECONDS:
                feed.refresh_groups()
                refreshed = time.monotonic()
            feed.doorbell.wait(LOOK_SECONDS)
        except (Unavailable, OSError, psycopg2.Error) as error:
            log.warning("the feed cannot look: %s", error.__class__.__name__)
            feed.doorbell.close()
            opened = False
            time.sleep(RETRY_SECONDS)
    feed.doorbell.close()


def _guard(feed):
    """Wake all who wait when the tail has gone blind, so that they hear 503 instead of silence."""
    while not feed.closing:
        time.sleep(LOOK_SECONDS)
        if feed.blind():
            with feed.lock:
                feed.waiters.wake_all()
