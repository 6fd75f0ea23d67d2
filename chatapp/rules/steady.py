"""For how long a person is seen as they are now, if nothing is heard of them and nothing is written."""

from math import inf

from .presence import entries, lasts_until

MARGIN_SECONDS = 0.001  # far more than by what a sum of floats may miss a limit


def steady_until(record, now):
    """Return a second until which a Record is surely seen as at the second ``now``, by others and by oneself; not later than
    ``now`` where it may change at once."""
    if any(entry["beat"] > now for entry in entries(record.devices).values()):
        return now  # heard by a clock that is ahead: it counts as heard now, whenever that is
    ends = [end for said in (record.said, record.told) for end in (said.manual_status_expires_at, said.do_not_disturb_until) if end and end > now]
    return min([lasts_until(record.devices, now) or inf, *ends]) - MARGIN_SECONDS
