"""The product's presence rule agrees with a second one, written from the table and from history, in lives by the million."""

import random
import time as wall

import pytest
from rules.presence_traces import Disagreement, Product, Time, Trace

from chatapp.actions import presence as deeds
from chatapp.presence import beats, shown
from chatapp.rules import presence as rule

SEED = 20_260
ENOUGH_FOR_A_PLANT = 10_000


@pytest.fixture
def play(monkeypatch):
    """A function that plays so many traces and returns (traces, comparisons)."""
    time, product = Time(), Product()
    product.install(monkeypatch, time)

    def run(count, seed):
        dice = random.Random(seed)
        return count, sum(Trace(dice, time, product).play() for _ in range(count))

    return run


@pytest.mark.timeout(3600)
def test_the_rule_agrees_with_the_table_at_every_step_of_random_lives(play, size):
    began = wall.perf_counter()
    traces, comparisons = play(size(10_000, 1_000_000), SEED)
    lasted = wall.perf_counter() - began
    print(f"{traces:,} traces, {comparisons:,} comparisons in {lasted:.0f} s: {traces / lasted:,.0f} and {comparisons / lasted:,.0f} a second")


def idle_one_microsecond_late(patch):
    patch.setattr(rule, "IDLE_SECONDS", 300.000001)


def idle_one_microsecond_early(patch):
    patch.setattr(rule, "IDLE_SECONDS", 299.999999)


def away_one_microsecond_late(patch):
    patch.setattr(rule, "AWAY_SECONDS", 900.000001)


def gone_one_microsecond_early(patch):
    patch.setattr(rule, "BEAT_SLACK_SECONDS", 14.999999)


def closed_one_microsecond_late(patch):
    patch.setattr(rule, "LEAVE_GRACE_SECONDS", 10.000001)


def limits_added_up_in_floats(patch):
    patch.setattr(rule, "is_gone", lambda entry, now: now >= rule.gone_at(entry))


def worst_instead_of_best(patch):
    patch.setattr(rule, "RANK", {status: -rank for status, rank in rule.RANK.items()})


def closing_without_grace(patch):
    patch.setattr(rule, "LEAVE_GRACE_SECONDS", 0)


def closing_unheard(patch):
    patch.setattr(deeds, "leave_page", lambda *_: None)


def one_missed_beat_is_enough(patch):
    patch.setattr(rule, "MISSED_BEATS", 1)


def promise_not_capped(patch):
    patch.setattr(rule, "MAX_PROMISE_SECONDS", 86_400)
    patch.setattr(beats, "MAX_PROMISE_SECONDS", 86_400)


def input_of_another_device_counted(patch):
    judged = rule.auto_status

    def status(devices, now):
        latest = max((entry["input"] for entry in devices.values() if "input" in entry), default=None)
        return judged({key: entry if latest is None else entry | {"input": latest} for key, entry in devices.items()}, now)

    patch.setattr(rule, "auto_status", status)


def beat_taken_for_input(patch):
    report = beats.Beats.report
    patch.setattr(beats.Beats, "report", lambda self, asker, page, active, promised: report(self, asker, page, active=True, promised=promised))


def input_forgotten_with_the_next_beat(patch):
    patch.setattr(deeds, "_with_page", lambda devices, device, page, entry: devices | {f"{device}:{page}": entry})


def signed_out_devices_kept(patch):
    patch.setattr(shown, "drop_device", lambda *_: None)


def no_input_is_offline(patch):
    judged = rule.page_status
    patch.setattr(rule, "page_status", lambda entry, now: judged(entry, now) if "input" in entry else rule.OFFLINE)


def poll_promises_as_a_hidden_page_does(patch):
    heard = beats.Beats.heard

    def hear(self, asker, page):
        heard(self, asker, page)
        self._unwritten[asker.user_id][beats.page_key(asker, page)]["promised"] = 60

    patch.setattr(beats.Beats, "heard", hear)


def closing_forgets_what_waits(patch):
    leave = deeds.leave_page
    patch.setattr(deeds, "leave_page", lambda user_id, device, page, heard: leave(user_id, device, page, {}))


def what_waits_is_written_after_what_was_stored_at_once(patch):
    learn = beats.Beats.learn

    def learn_only(self, asker, page, entry):
        waits = dict(self._unwritten.get(asker.user_id, {}))
        learn(self, asker, page, entry)
        self._unwritten[asker.user_id] = waits

    patch.setattr(beats.Beats, "learn", learn_only)


def shorter_promise_written_with_others(patch):
    patch.setattr(beats, "_takes_back", lambda old, entry: False)


PLANTS = [
    poll_promises_as_a_hidden_page_does,
    closing_forgets_what_waits,
    what_waits_is_written_after_what_was_stored_at_once,
    shorter_promise_written_with_others,
    idle_one_microsecond_late,
    idle_one_microsecond_early,
    away_one_microsecond_late,
    gone_one_microsecond_early,
    closed_one_microsecond_late,
    limits_added_up_in_floats,
    worst_instead_of_best,
    closing_without_grace,
    closing_unheard,
    one_missed_beat_is_enough,
    promise_not_capped,
    input_of_another_device_counted,
    beat_taken_for_input,
    input_forgotten_with_the_next_beat,
    signed_out_devices_kept,
    no_input_is_offline,
]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_rule_that_is_wrong_in_one_thing_is_found_out(play, plant, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(Disagreement):
        play(ENOUGH_FOR_A_PLANT, SEED)
