"""Presence as a function of times, at its exact boundaries."""

import random

import pytest

from chatapp.rules.presence import (
    RANK,
    Record,
    Said,
    auto_status,
    entries,
    gone_at,
    last_contact,
    lasts_until,
    latest,
    matters,
    page_status,
    seen_by_others,
    seen_by_self,
)

NOW = 1_800_000_000.0
JUST = 0.001
MINUTE = 60


def page(beat=0, promised=25, quiet=0, left=None):
    """Return the entry of a page whose beat, input and leaving lie so many seconds before NOW."""
    entry = {"beat": NOW - beat, "promised": promised, "input": NOW - quiet}
    return entry if left is None else entry | {"left": NOW - left}


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (page(quiet=0), "online"),
        (page(quiet=5 * MINUTE - JUST), "online"),
        (page(quiet=5 * MINUTE), "idle"),
        (page(quiet=15 * MINUTE - JUST), "idle"),
        (page(quiet=15 * MINUTE), "away"),
        (page(quiet=24 * 60 * MINUTE), "away"),
        (page(beat=2 * 25 + 15 - JUST), "online"),
        (page(beat=2 * 25 + 15), "offline"),
        (page(beat=2 * 60 + 15 - JUST, promised=60), "online"),
        (page(beat=2 * 60 + 15, promised=60), "offline"),
        (page(beat=2 * 120 + 15 - JUST, promised=120), "online"),
        (page(beat=2 * 120 + 15, promised=120), "offline"),
        (page(beat=2 * 120 + 15 - JUST, promised=86_400), "online"),
        (page(beat=2 * 120 + 15, promised=86_400), "offline"),
        (page(beat=3, left=10 - JUST, quiet=3), "online"),  # a later beat: it was a reload
        (page(beat=12, left=10 - JUST, quiet=12), "online"),
        (page(beat=12, left=10, quiet=12), "offline"),
        (page(beat=9, left=10, quiet=9), "online"),
        (page(beat=10, left=10, quiet=9), "offline"),
        (page(beat=9 + JUST, left=10, quiet=9), "offline"),  # it was on its way when the page closed
        ({"beat": NOW, "promised": 25, "left": NOW}, "offline"),  # nobody was told of it yet
        (page(beat=65, left=1), "offline"),  # saying goodbye prolongs nothing
        (page(quiet=-30), "online"),
        ({"beat": NOW, "promised": 25}, "away"),
        ({"beat": NOW - 65 + JUST}, "away"),
        ({"beat": NOW - 65}, "offline"),
    ],
)
def test_a_page_is_what_its_times_say_to_the_millisecond(entry, status):
    assert page_status(entry, NOW) == status
    assert auto_status({"d:p": entry}, NOW) == status


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (page(), True),
        (page(beat=300, quiet=15 * MINUTE - JUST), True),  # who comes back without input is idle
        (page(beat=300, quiet=15 * MINUTE), False),  # and from here on away, as somebody of whom nothing is known
        (page(beat=10, quiet=24 * 60 * MINUTE), True),
        (page(beat=66 - JUST, quiet=15 * MINUTE), True),
        (page(beat=66, quiet=15 * MINUTE), False),
        ({"beat": NOW - 1 + JUST, "left": NOW - 1 + JUST}, True),  # its first beat may be on its way
        ({"beat": NOW - 1, "left": NOW - 1}, False),
    ],
)
def test_what_is_known_of_a_page_matters_as_long_as_it_could_make_a_difference(entry, expected):
    assert matters(entry, NOW) == expected


@pytest.mark.parametrize(
    ("pages", "status"),
    [
        ([], "offline"),
        ([page(beat=999)], "offline"),
        ([page(beat=999), page(quiet=1000)], "away"),
        ([page(quiet=1000), page(quiet=400), page(beat=999)], "idle"),
        ([page(beat=999), page(quiet=400), page(), page(quiet=1000)], "online"),
        ([page(left=10, beat=11), page(quiet=400)], "idle"),
    ],
)
def test_a_person_is_the_best_of_their_pages(pages, status):
    assert auto_status({f"device{number}:page": one for number, one in enumerate(pages)}, NOW) == status
    assert auto_status({f"device:page{number}": one for number, one in enumerate(reversed(pages))}, NOW) == status


@pytest.mark.parametrize(
    "devices",
    [
        None,
        [],
        [1, "two", page()],
        "online",
        7,
        {},
        {"d:p": None},
        {"d:p": []},
        {"d:p": "now"},
        {"d:p": {}},
        {"d:p": {"beat": "now"}},
        {"d:p": {"beat": True}},
        {"d:p": {"beat": None}},
        {"d:p": {"beat": float("inf")}},
        {"d:p": {"beat": -1e300}},
    ],
)
def test_what_outside_sql_wrote_badly_reads_as_no_device(devices):
    assert entries(devices) == {}
    assert auto_status(devices, NOW) == "offline"
    assert last_contact(devices, NOW) is None
    assert seen_by_others(Record(devices=devices), NOW) == ("offline", None, False, None)


@pytest.mark.parametrize("field", ["promised", "input", "left"])
@pytest.mark.parametrize("value", ["soon", [], {}, True, None, -5, 1e300])
def test_a_bad_value_within_an_entry_counts_as_absent(field, value):
    bad = page(beat=64.9, quiet=400, left=70) | {field: value}
    absent = {name: one for name, one in page(beat=64.9, quiet=400, left=70).items() if name != field}
    if (field, value) == ("promised", 1e300):
        assert gone_at(bad) <= NOW + 255
        return
    assert gone_at(bad) == gone_at(absent)
    assert page_status(bad, NOW) == page_status(absent, NOW)


def test_a_good_device_counts_beside_bad_ones():
    assert auto_status({"a:p": {"beat": "x"}, "b:p": page(quiet=400), "c": 3}, NOW) == "idle"


def test_without_beats_a_status_only_falls_as_time_passes_and_ends_offline():
    dice = random.Random(5)
    for _ in range(300):
        devices = {str(number): random_page(dice) for number in range(dice.randrange(5))}
        moment, before = NOW, auto_status(devices, NOW)
        for _ in range(40):
            moment += dice.choice([0.001, 1, 9, 40, 200])
            status = auto_status(devices, moment)
            assert RANK[status] <= RANK[before], (devices, moment)
            before = status
        assert auto_status(devices, NOW + 256) == "offline"


def random_page(dice):
    entry = page(beat=dice.uniform(0, 300), promised=dice.choice([1, 25, 60, 120, 9000]), quiet=dice.uniform(0, 1200))
    return entry | ({"left": NOW - dice.uniform(0, 60)} if dice.random() < 0.3 else {})


def test_others_see_when_somebody_was_last_here_only_while_they_are_offline():
    def seen(now=NOW, **record):
        shown = seen_by_others(Record(**record), now)
        return shown.auto_status, shown.last_seen

    assert seen(devices={"d:p": page(beat=3)}, public_last_seen=NOW - 500) == ("online", None)
    assert seen(devices={"d:p": page(beat=100), "e:p": page(beat=90)}, public_last_seen=NOW - 500) == ("offline", NOW - 90)
    assert seen(devices={"d:p": page(beat=900)}, public_last_seen=NOW - 500) == ("offline", NOW - 500)
    assert seen(NOW + 4, devices={"d:p": page(beat=-5, left=-5)})[1] is None
    assert seen(NOW + 10_009, devices={"d:p": {"beat": NOW + 9999, "left": NOW + 9999, "promised": 1}})[1] == NOW + 9999


def test_others_see_an_invisible_person_as_at_the_moment_of_turning_whatever_their_pages_do():
    record = Record(
        devices={"d:p": page()},
        invisible=True,
        said=Said("new", do_not_disturb_until=NOW + 99),
        public=Said("old", NOW + 60),
        public_last_seen=NOW - 500,
    )
    assert seen_by_others(record, NOW) == ("offline", "old", False, NOW - 500)
    assert seen_by_others(record, NOW + 60) == ("offline", None, False, NOW - 500)
    assert seen_by_self(record, NOW) == ("online", "new", True, None)
    assert seen_by_others(Record(devices={"d:p": page(beat=999)}, invisible=True), NOW) == ("offline", None, False, None)


@pytest.mark.parametrize(("end", "lasts"), [(None, False), (NOW + JUST, True), (NOW, False), (NOW - 1, False)])
def test_a_text_and_do_not_disturb_end_at_their_moment_for_everybody(end, lasts):
    record = Record(said=Said("lunch", end, end))
    for look in (seen_by_others, seen_by_self):
        assert look(record, NOW).manual_status == ("lunch" if lasts or end is None else None)
        assert look(record, NOW).do_not_disturb == lasts


def test_a_status_lasts_until_it_changes_by_time_alone_and_not_a_moment_less():
    dice = random.Random(6)
    changed = 0
    for _ in range(2_000):
        devices = {str(number): random_page(dice) for number in range(dice.randrange(5))}
        status, until = auto_status(devices, NOW), lasts_until(devices, NOW)
        if until is None:
            assert status == "offline"
            continue
        changed += 1
        assert until > NOW
        assert auto_status(devices, until - JUST) == status != auto_status(devices, until + JUST), devices
    assert changed > 1_000


@pytest.mark.parametrize(
    ("stored", "heard", "later"),
    [
        (None, None, None),
        (None, NOW, NOW),
        (NOW, None, NOW),
        (NOW, NOW - 3, NOW),
        (NOW - 3, NOW, NOW),
        (NOW + 10, NOW, NOW + 10),
        (NOW + 3600, NOW, NOW),
        ("soon", NOW, NOW),
        (True, None, None),
    ],
)
def test_of_two_moments_the_later_one_counts_unless_it_lies_far_ahead(stored, heard, later):
    assert latest(stored, heard) == later
