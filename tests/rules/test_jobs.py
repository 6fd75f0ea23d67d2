"""When a job is late: after some missed runs, and never within minutes."""

import pytest

from chatapp.rules.jobs import EVERY, is_late


@pytest.mark.parametrize(("every", "limit"), [(2, 240), (60, 240), (3600, 10_800)])
def test_a_job_is_late_after_three_missed_runs_and_four_minutes(every, limit):
    names = [name for name, seconds in EVERY.items() if seconds == every]
    assert names
    for name in names:
        assert not is_late(name, 1000, 1000 + limit)
        assert is_late(name, 1000, 1000 + limit + 0.1)
