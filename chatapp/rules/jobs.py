"""The jobs that run by the clock: which there are, how often each runs, and from when on one is late."""

EVERY = {
    "decay_presence": 2,
    "tidy_statuses": 60,
    "cleanup_expired_invites": 60,
    "clear_deleted_groups": 60,
    "prune_events": 3600,
    "prune_leftovers": 3600,
}
MISSED_RUNS = 3
SOONEST_SECONDS = 4 * 60


def is_late(name, since, now):
    """Tell whether a job is late at the second ``now`` when it has not run after the second ``since``."""
    return now - since > max(MISSED_RUNS * EVERY[name], SOONEST_SECONDS)
