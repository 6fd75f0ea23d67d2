"""Nobody is ever seen to come, idle or go who did not: days of many people, with lost beats and clocks that are apart."""

import random
import time as wall

import pytest
from presence import flapping
from presence.flapping import Clock, Flapped, Life

from chatapp.presence.beats import Beats, page_key
from chatapp.rules import presence as rule

SEED = 3
ENOUGH_FOR_A_PLANT = 300


@pytest.fixture
def live(monkeypatch):
    """A function that plays the days of so many people and returns (beats, transitions that were seen)."""
    clock = Clock()
    monkeypatch.setattr("chatapp.clock.clock.seconds", clock.seconds)

    def run(people):
        beats = transitions = 0
        for number in range(people):
            life = Life(random.Random(f"{SEED} {number}"), clock)
            try:
                life.play()
            except Flapped as error:
                near = [one for one in life.deeds if -700 < one.at - life._now < 60]
                raise Flapped(f"person {number} at {life._now:.3f}: {error}\n" + "\n".join(map(str, near[-30:]))) from None
            beats, transitions = beats + life.beats, transitions + sum(one.transitions for one in life.watchers)
        return beats, transitions

    return run


@pytest.mark.timeout(3600)
def test_every_change_that_is_seen_has_a_real_cause_and_every_real_change_is_seen_in_time(live, size):
    people, began = size(30, 10_000), wall.perf_counter()
    beats, transitions = live(people)
    lasted = wall.perf_counter() - began
    print(
        f"{people:,} people, {beats:,} beats, {transitions:,} changes seen, none of them false; {lasted:.0f} s, {beats / lasted:,.0f} beats a second"
    )
    assert transitions > people * 10, "else nothing was looked at"


def idle_too_soon(patch):
    patch.setattr(rule, "IDLE_SECONDS", 290)


def no_slack_for_beats(patch):
    patch.setattr(rule, "BEAT_SLACK_SECONDS", 0)


def nobody_ever_gone(patch):
    patch.setattr(rule, "MISSED_BEATS", 100)


def no_grace_for_a_reload(patch):
    patch.setattr(rule, "LEAVE_GRACE_SECONDS", 5)


def a_write_replaces_the_row(patch):
    patch.setattr(flapping, "written", lambda devices, pages: {key: devices.get(key, {}) | entry for key, entry in pages.items()})


def a_write_replaces_a_pages_entry(patch):
    patch.setattr(flapping, "written", lambda devices, pages: devices | pages)


def what_is_written_late_takes_back_what_came_meanwhile(patch):
    patch.setattr(flapping, "written", lambda devices, pages: devices | {key: devices.get(key, {}) | entry for key, entry in pages.items()})


def a_worker_writes_the_input_that_it_remembers(patch):
    report = Beats.report

    def remembering(self, asker, page, **more):
        old = self._known.get(asker.user_id, {}).get(page_key(asker, page), {})
        entry, urgent = report(self, asker, page, **more)
        entry = ({"input": old["input"]} if old.get("input") else {}) | entry
        if not urgent:
            self._wait_for_writing(asker.user_id, page_key(asker, page), entry)
        return entry, urgent

    patch.setattr(Beats, "report", remembering)


def a_page_reports_input_only_with_its_regular_beats(patch):
    patch.setattr(flapping, "QUIET", 1e9)


def a_first_beat_that_was_lost_is_not_repeated_soon(patch):
    patch.setattr(flapping, "AGAIN", 25)


def a_hiding_page_takes_its_longer_promise_for_heard(patch):
    patch.setattr(flapping, "LOST_HIDDEN", 60)


PLANTS = [
    idle_too_soon,
    no_slack_for_beats,
    nobody_ever_gone,
    no_grace_for_a_reload,
    a_write_replaces_the_row,
    a_write_replaces_a_pages_entry,
    what_is_written_late_takes_back_what_came_meanwhile,
    a_worker_writes_the_input_that_it_remembers,
    a_page_reports_input_only_with_its_regular_beats,
    a_first_beat_that_was_lost_is_not_repeated_soon,
    a_hiding_page_takes_its_longer_promise_for_heard,
]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_product_that_is_wrong_in_one_thing_flaps(live, plant, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(Flapped):
        live(ENOUGH_FOR_A_PLANT)
