"""Every limit of the presence rule is exact to the microsecond, though times are floats with a step of a quarter of one."""

import random

import pytest

from chatapp.presence.beats import Beats
from chatapp.rules.presence import auto_status, is_gone, page_status
from chatapp.updates.rights import Asker

SECOND = 1_000_000  # microseconds
FROM, TO = 1_500_000_000 * SECOND, 4_294_967_000 * SECOND  # 2017 to 2106: there a float's step is half a microsecond
PROMISES = [0.000001, 0.5, 1, 3.000001, 10, 24.999999, 25, 33.333333, 60, 99.9, 119.999999, 120, 120.000001, 121, 3600, 86_400]


def second(micros):
    """Return a whole number of microseconds as the clock tells it: in seconds."""
    return micros / SECOND


def silence(promised):
    """Return the microseconds without a beat after which a page that promised so many seconds is gone."""
    return 2 * min(round(promised * SECOND), 120 * SECOND) + 15 * SECOND


def idle(at, promised):
    return at + 300 * SECOND, {"beat": second(at + 299 * SECOND), "promised": promised, "input": second(at)}, "online", "idle"


def away(at, promised):
    return at + 900 * SECOND, {"beat": second(at + 899 * SECOND), "promised": promised, "input": second(at)}, "idle", "away"


def silent(at, promised):
    return at + silence(promised), {"beat": second(at), "promised": promised, "input": second(at)}, "online", "offline"


def left(at, promised):
    entry = {"beat": second(at - 2 * SECOND), "promised": promised, "input": second(at - SECOND), "left": second(at)}
    return at + 10 * SECOND, entry, "online", "offline"


@pytest.mark.parametrize("promised", PROMISES)
@pytest.mark.parametrize("limit", [idle, away, silent, left])
def test_a_limit_is_passed_at_its_microsecond_and_not_one_earlier(limit, promised, size):
    dice = random.Random(f"{limit.__name__} {promised}")
    for _ in range(size(1_000, 50_000)):
        moment, entry, before, after = limit(dice.randrange(FROM, TO), promised)
        for late, status in ((-1, before), (0, after), (1, after)):
            now = second(moment + late)
            assert page_status(entry, now) == auto_status({"d:p": entry}, now) == status, (entry, now, late)
            assert is_gone(entry, now) == (status == "offline")


def test_a_beat_brings_a_page_back_from_one_second_after_its_goodbye_on(size):
    dice = random.Random(7)
    for _ in range(size(3_000, 100_000)):
        at = dice.randrange(FROM, TO // 2)
        entry = {"beat": second(at), "promised": 25, "input": second(at)}
        now = second(at + 10 * SECOND + 1)
        statuses = [page_status(entry | {"left": second(at + late)}, now) for late in (-SECOND - 1, -SECOND, 1 - SECOND)]
        assert statuses == ["online", "online", "offline"], at


def test_a_poll_takes_a_page_for_gone_at_the_microsecond_of_the_rule(monkeypatch):
    asker, dice, silent_for = Asker("ana", "laptop", 0), random.Random(3), silence(30)
    for _ in range(1_000):
        at, beats = dice.randrange(FROM, TO), Beats()
        for late, urgent in ((-1, False), (0, True)):  # who was gone is seen to come back
            monkeypatch.setattr("chatapp.presence.beats.seconds", lambda at=at: second(at))
            beats.learn(asker, "page", {"beat": second(at), "promised": 30, "input": second(at)})
            monkeypatch.setattr("chatapp.presence.beats.seconds", lambda moment=at + silent_for + late: second(moment))
            beats.heard(asker, "page")
            assert beats.report(asker, "page", active=False, promised=30)[1] is urgent


def test_seconds_that_are_merely_added_up_miss_the_microsecond():
    def summed(since, seconds, now):
        return now >= since + seconds

    dice, missed = random.Random(1), 0
    for _ in range(10_000):
        at = dice.randrange(FROM, TO)
        now = second(at + 81_666_666)  # twice 33.333333 s and 15 s
        missed += not summed(second(at), 81.666666, now)
    assert missed > 100, "else this file would prove nothing"
