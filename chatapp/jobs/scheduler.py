"""The scheduler: started in every worker, at work in the one that holds the lease."""

import logging
import signal
import threading
import time

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from ..rules.jobs import EVERY
from .lease import lease_for
from .ticks import tick

RETRY_SECONDS = 1
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 60}

log = logging.getLogger(__name__)


def start(app):
    """Stand for the lease in the background until the worker stops."""
    threading.Thread(target=lead, args=(app, lambda: app.extensions["feed"].closing), daemon=True, name="scheduler").start()


def run_forever(app):
    """Stand for the lease in the foreground: `flask worker`. Ends by SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    lead(app, stop.is_set)


def lead(app, stopped):
    """Wait for the lease, run the jobs while it is held, and begin again when it is lost. ``stopped`` tells when to end."""
    lease = lease_for(app.config)
    while not stopped():
        if lease.acquire():
            _work(app, lease, stopped)
        if not stopped():
            time.sleep(RETRY_SECONDS)


def _work(app, lease, stopped):
    log.info("this process now works for the clock")
    jobs = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(2)}, job_defaults=JOB_DEFAULTS)
    for name, seconds in EVERY.items():
        jobs.add_job(tick, "interval", args=(app, name), seconds=seconds, id=name)
    jobs.start()
    try:
        while not stopped() and lease.alive():
            time.sleep(RETRY_SECONDS)
    finally:
        jobs.shutdown(wait=False)
        lease.release()
