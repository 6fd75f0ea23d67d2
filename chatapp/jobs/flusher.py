"""Writes the beats that a worker remembers and which devices were used, every few seconds and once more when it stops."""

import logging
import threading
import time

from ..actions import presence, sessions

FLUSH_SECONDS = 5
TOUCH_SECONDS = 600
MOST_AT_ONCE = 500
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
    """Write what is remembered, and prolong the devices that were used. ``touched`` remembers when each was prolonged."""
    beats, feed = app.extensions["beats"], app.extensions["feed"]
    taken, used = beats.take(feed.has_ended), beats.take_used()
    try:
        with app.app_context():
            if taken:
                presence.write_beats(taken)
            _touch(used, touched)
    except Exception as error:  # whatever it was, the next try must come
        beats.give_back(taken)
        beats.used(*used)
        log.warning("beats could not be written and are kept: %s", error.__class__.__name__)


def _run(app):
    feed, touched = app.extensions["feed"], {}
    while not feed.closing:
        deadline = time.monotonic() + FLUSH_SECONDS
        while not feed.closing and time.monotonic() < deadline:
            time.sleep(0.25)
        flush(app, touched)
    flush(app, touched)  # what was heard while the last one wrote


def _touch(used, touched):
    now = time.monotonic()
    for one in [one for one, at in touched.items() if now - at > TOUCH_SECONDS]:
        del touched[one]
    due = sorted(used - touched.keys())
    for start in range(0, len(due), MOST_AT_ONCE):
        part = due[start : start + MOST_AT_ONCE]
        sessions.touch_devices(part)
        touched.update(dict.fromkeys(part, now))
