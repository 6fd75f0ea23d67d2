"""What was heard meets what is stored, page by page: the statement of either database does what is written down here."""

import random

import pytest
import sqlalchemy as sa
from rules.presence_traces import written
from signs import beat, flush, row

from chatapp.actions.presence import write_beats
from chatapp.clock import seconds
from chatapp.extensions import db
from chatapp.models import UserStatus
from chatapp.rules import presence as rule
from chatapp.rules.presence import NEAR_SECONDS

pytestmark = pytest.mark.jobs_off_and_on


def store(app, person, devices):
    """Let a person's devices be these."""
    with app.app_context(), db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(sa.update(UserStatus).where(UserStatus.user_id == person.id).values(devices=devices))


def merged(app, person, stored, heard):
    """Return what becomes of a page."""
    key = f"{person.device_id}:page"
    store(app, person, {key: stored} if stored is not None else {})
    with app.app_context():
        write_beats({person.id: {key: heard}})
    return row(app, person)["devices"].get(key)


def random_entry(dice, about):
    entry = {"beat": about + dice.choice((0, dice.uniform(-15, 15), dice.uniform(-300, 300)))}
    if dice.random() < 0.7:
        entry["promised"] = dice.choice((25, 60, 120, 33.333333))
    if dice.random() < 0.6:
        entry["input"] = entry["beat"] - dice.choice((0, dice.uniform(0, 500)))
    return entry


def test_any_two_entries_are_merged_as_written_down(cast, size):
    dice, now = random.Random(4), seconds()
    for _ in range(size(60, 1_000)):
        stored = dice.choice((None, random_entry(dice, now), random_entry(dice, now) | {"left": now - 3}))
        heard = random_entry(dice, now)
        expected = written({} if stored is None else {"page": stored}, {"page": heard})["page"]
        assert merged(cast.app, cast.ana, stored, heard) == expected
        assert stored is None or rule.merged(stored, heard) == expected


@pytest.mark.parametrize("late", [0, 1, NEAR_SECONDS])
def test_what_is_written_late_takes_nothing_back(cast, late):
    now = seconds()
    stored = {"beat": now, "promised": 60, "input": now}
    assert merged(cast.app, cast.ana, stored, {"beat": now - late, "promised": 25, "input": now - late}) == stored
    typed = merged(cast.app, cast.ana, stored | {"input": now - 200}, {"beat": now - late, "promised": 25, "input": now - late})
    assert typed == stored | {"input": now - late}, "input that was heard is not lost"


def test_a_clock_that_was_set_back_does_not_hold_a_page_alive(cast):
    now = seconds()
    heard = {"beat": now, "promised": 25, "input": now}
    assert merged(cast.app, cast.ana, {"beat": now + 3600, "promised": 120, "input": now + 3600}, heard) == heard


@pytest.mark.parametrize("junk", ["text", [], 5, True, {"beat": "text"}, {"beat": None}, {"beat": 1e300, "promised": 5}, {"beat": []}])
def test_what_outside_sql_wrote_hinders_nothing(cast, junk):
    heard = {"beat": seconds(), "promised": 25, "input": seconds()}
    assert merged(cast.app, cast.ana, junk, heard) == heard


def test_a_page_that_hides_right_after_a_beat_is_not_gone_before_its_next_one(cast, second_app, later):
    here, there = cast.ana, cast.ana.at(second_app)
    beat(here, promised=25)
    beat(there, promised=25)
    later(20)
    beat(here, promised=25)
    later(2)
    beat(there, active=False, promised=60)
    flush(second_app)
    flush(cast.app)  # what it heard before
    assert row(cast.app, cast.ana)["devices"] == {f"{cast.ana.device_id}:page1": {"beat": seconds(), "promised": 60, "input": seconds() - 2}}


def test_a_page_that_hides_and_is_back_at_once_is_waited_for_as_briefly_as_it_promised(cast, later):
    for promised in (25, 60, 25):
        beat(cast.ana, promised=promised)
        flush(cast.app)
        later(2)
    flush(cast.app)
    assert row(cast.app, cast.ana)["devices"][f"{cast.ana.device_id}:page1"]["promised"] == 25


def test_a_beat_that_waits_is_not_written_after_the_one_that_was_stored_at_once(cast, later):
    beat(cast.ana, promised=120)
    later(299)
    beat(cast.ana, active=False, promised=120)
    flush(cast.app)
    later(0.5)
    beat(cast.ana, active=False, promised=120)
    later(0.75)
    beat(cast.ana, promised=60)  # back from idle
    flush(cast.app)
    assert list(row(cast.app, cast.ana)["devices"].values()) == [{"beat": seconds(), "promised": 60, "input": seconds()}]
