"""What happens by the clock, and what a worker process starts to live with: tail, beats, scheduler."""

import os
import threading

from ..clock import seconds
from ..presence import Beats, Recent
from ..updates import tail
from . import flusher, scheduler

_starting = threading.Lock()


def install(app):
    """Prepare an application; nothing is started yet: a command of the shell needs no threads."""
    app.extensions["beats"] = Beats()
    app.extensions["recent"] = Recent(app.extensions["feed"])
    app.extensions["feed"].at_event.append(app.extensions["recent"].hear)
    app.extensions["feed"].at_new_epoch += [app.extensions["beats"].forget_all, app.extensions["recent"].drop_all]
    app.extensions["started"] = seconds()
    app.extensions["worker_pid"] = None

    @app.before_request
    def _start():
        if app.config["FEED"] == "auto" and app.extensions["worker_pid"] != os.getpid():
            start_worker(app)


def start_worker(app):
    """Start what a worker process needs, once: never before a fork, whose children would inherit no threads."""
    with _starting:
        if app.extensions["worker_pid"] == os.getpid():
            return
        app.extensions["worker_pid"] = os.getpid()
    tail.start(app.extensions["feed"])
    flusher.start(app)
    if app.config["SCHEDULER"] != "off":
        scheduler.start(app)


def stop_worker(app):
    """End what was started, as far as it must end well: beats that are not written yet are written."""
    if app.extensions["worker_pid"] == os.getpid():
        app.extensions["feed"].release()
        flusher.stop(app)
