"""Writes the beats that a worker remembers, every few seconds and once more when it stops."""

import logging
import threading
import time

from ..actions import presence, sessions

FLUSH_SECONDS = 5
TOUCH_SECONDS = 600
STOP_SECONDS = 2

log = logging.getLogger(__name__)


def start(app):
    """Start to write beats in the background."""
    app.extensions["flusher"] = threading.Thread(target=_run, args=(app,), daemon=True, name="beats")
    app.extensions["flusher"].start()


def stop(app):
    """Wait until what is remembered is written, after the feed was told that the worker stops."""
    app.extensions["flusher"].join(STOP_SECONDS)


def flush(app, touched):
    """Write what is remembered, and prolong the devices that were heard of. ``touched`` remembers when each was prolonged."""
    beats, feed = app.extensions["beats"], app.extensions["feed"]
    taken = beats.take(feed.has_ended)
    if not taken:
        return
    try:
        with app.app_context():
            presence.write_beats(taken)
            _touch(taken, touched)
    except Exception as error:  # whatever it was, the next try must come
        beats.give_back(taken)
        log.warning("beats could not be written and are kept: %s", error.__class__.__name__)


def _run(app):
    feed, touched = app.extensions["feed"], {}
    while not feed.closing:
        deadline = time.monotonic() + FLUSH_SECONDS
        while not feed.closing and time.monotonic() < deadline:
            time.sleep(0.25)
        flush(app, touched)
    flush(app, touched)  # what was heard while the last one wrote


def _touch(taken, touched):
    now = time.monotonic()
    devices = {key.partition(":")[0] for pages in taken.values() for key in pages}
    due = sorted(one for one in devices if now - touched.get(one, float("-inf")) > TOUCH_SECONDS)
    if due:
        sessions.touch_devices(due)
        touched.update(dict.fromkeys(due, now))
