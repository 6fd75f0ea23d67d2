"""The jobs: each runs one deed and leaves a note of how it ended. All may run twice or late without harm."""

import logging
import time

from .. import clock
from ..actions import presence, upkeep

JOBS = {
    "decay_presence": presence.decay_presence,
    "tidy_statuses": presence.tidy_statuses,
    "cleanup_expired_invites": upkeep.cleanup_expired_invites,
    "clear_deleted_groups": upkeep.clear_deleted_groups,
    "prune_events": upkeep.prune_events,
    "prune_leftovers": upkeep.prune_leftovers,
}
NOTE_SECONDS = 20  # a job that runs more often need not say so each time

log = logging.getLogger(__name__)
_noted = {}


def tick(app, name):
    """Run one job now."""
    begun, started = time.monotonic(), clock.now()
    with app.app_context():
        try:
            app.extensions["feed"].keep_time()
            started = clock.now()
            outcome, failed = str(JOBS[name]()), False
        except Exception as error:
            log.exception("job %s failed", name)
            outcome, failed = error.__class__.__name__, True
        if not failed and time.monotonic() - _noted.get((app, name), float("-inf")) < NOTE_SECONDS:
            return
        try:
            upkeep.note_job_run(name, started, outcome, failed)
            _noted[(app, name)] = begun
        except Exception:
            log.exception("the run of job %s could not be noted", name)
