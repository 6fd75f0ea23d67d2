"""Who may see when somebody was last here, and how exactly."""

import itertools

import pytest

from chatapp.rules.last_seen import Viewer, asks_who, last_seen_for
from chatapp.rules.presence import Said

AT = 1_800_003_723.5  # 2027-01-15 09:02:03.5 UTC
HOUR, DAY = 1_800_003_600, 1_799_971_200
WHOM = {"nobody": 0, "groups": 1, "everyone": 2}
STEPS = {"exact": AT, "hour": HOUR, "day": DAY}


@pytest.mark.parametrize(("shows", "told"), list(itertools.product(WHOM, WHOM)))
@pytest.mark.parametrize("acquainted", [False, True])
def test_it_is_seen_by_those_who_show_theirs_and_are_shown_it(shows, told, acquainted):
    viewer = Viewer(shows, "exact", frozenset({"ana"} if acquainted else {"ben"}))
    allowed = min(WHOM[shows], WHOM[told]) == 2 or (min(WHOM[shows], WHOM[told]) == 1 and acquainted)
    assert last_seen_for(viewer, "ana", Said(last_seen_to=told), AT) == ((AT, "exact") if allowed else (None, None))
    assert last_seen_for(viewer, "ana", Said(last_seen_to=told), None) == (None, None)
    assert asks_who(viewer, Said(last_seen_to=told)) == (min(WHOM[shows], WHOM[told]) == 1)


@pytest.mark.parametrize(("shows", "told"), list(itertools.product(STEPS, STEPS)))
def test_it_is_never_more_exact_than_either_of_both_shows(shows, told):
    seen, precision = last_seen_for(Viewer(last_seen_precision=shows), "ana", Said(last_seen_precision=told), AT)
    assert precision == max(shows, told, key=list(STEPS).index)
    assert seen == STEPS[precision]
