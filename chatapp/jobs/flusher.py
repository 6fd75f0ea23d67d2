"""Writes the beats that a worker remembers every few seconds, notes every minute which devices were used, and both once more at the end."""

import logging
import threading
import time

from ..actions import presence, sessions

FLUSH_SECONDS = 5
NOTE_SECONDS = 60  # uses are noted together, so that they seldom stand in the writers' line
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


def flush(app):
    """Write the beats that are remembered."""
    beats, feed = app.extensions["beats"], app.extensions["feed"]
    taken = beats.take(feed.has_ended)
    if not taken:
        return
    try:
        with app.app_context():
            presence.write_beats(taken)
    except Exception as error:  # whatever it was, the next try must come
        beats.give_back(taken)
        log.warning("beats could not be written and are kept: %s", error.__class__.__name__)


def touch(app, touched):
    """Prolong the devices that were used. ``touched`` remembers when each was prolonged."""
    used = app.extensions["beats"].take_used()
    try:
        with app.app_context():
            _touch(used, touched)
    except Exception as error:
        app.extensions["beats"].used(*used)
        log.warning("the use of devices could not be noted yet: %s", error.__class__.__name__)


def _run(app):
    feed, touched, noted = app.extensions["feed"], {}, time.monotonic()
    while not feed.closing:
        deadline = time.monotonic() + FLUSH_SECONDS
        while not feed.closing and time.monotonic() < deadline:
            time.sleep(0.25)
        flush(app)
        if time.monotonic() - noted > NOTE_SECONDS:
            touch(app, touched)
            noted = time.monotonic()
    flush(app)  # what was heard while the last one wrote
    touch(app, touched)


def _touch(used, touched):
    now = time.monotonic()
    for one in [one for one, at in touched.items() if now - at > TOUCH_SECONDS]:
        del touched[one]
    due = sorted(used - touched.keys())
    for start in range(0, len(due), MOST_AT_ONCE):
        part = due[start : start + MOST_AT_ONCE]
        sessions.touch_devices(part)
        touched.update(dict.fromkeys(part, now))
