"""What is answered for a while is true all the while, and not given up before it must be."""

import random
from math import inf, nextafter

from chatapp.rules.presence import Record, Said, seen_by_others, seen_by_self
from chatapp.rules.steady import MARGIN_SECONDS, steady_until

LIVES = 20_000
NOW = 1_800_000_000.125
YEARS = 10 * 366 * 86_400


def seen(record, now):
    return seen_by_others(record, now), seen_by_self(record, now)


def page(dice):
    entry = {"beat": NOW - dice.uniform(-5, 300), "promised": dice.choice([1, 25, 60, 120, 9000, 0, None]), "input": NOW - dice.uniform(-5, 1200)}
    if dice.random() < 0.3:
        entry["left"] = NOW - dice.uniform(-5, 60)
    if dice.random() < 0.3:
        del entry["input"]
    return entry


def said(dice):
    def end():
        return dice.choice([None, NOW + dice.uniform(-1000, 1000)])

    text = dice.choice([None, "at lunch"])
    return Said(text, text and end(), end())


def life(dice):
    """Return a Record of any kind."""
    pages = {f"d{number}:p": page(dice) for number in range(dice.randrange(4))}
    left = dice.choice([None, NOW - dice.uniform(0, 1000)])
    return Record(pages, dice.random() < 0.3, said(dice), dice.choice([None, said(dice)]), left)


def test_nothing_is_seen_to_change_before_and_something_right_after():
    dice, ends = random.Random(5), {"at once": 0, "later": 0, "never": 0}
    for _ in range(LIVES):
        record = life(dice)
        until, before = steady_until(record, NOW), seen(record, NOW)
        for then in (dice.uniform(NOW, min(until, NOW + YEARS)), nextafter(until, 0) if until < inf else NOW + YEARS):
            assert then < NOW or seen(record, then) == before, (record, until, then)
        if NOW < until < inf:
            assert seen(record, until + 2 * MARGIN_SECONDS) != before, (record, until)
        ends["never" if until == inf else "later" if until > NOW else "at once"] += 1
    assert min(ends.values()) > LIVES / 50, ends


def test_whoever_was_heard_by_a_clock_that_is_ahead_may_change_at_once():
    record = Record({"d:p": {"beat": NOW + 3, "promised": 25, "left": NOW - 60}})
    assert steady_until(record, NOW) <= NOW
