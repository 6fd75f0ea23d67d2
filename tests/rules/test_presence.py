"""Presence as a function of times, at its exact boundaries."""

import random

import pytest

from chatapp.rules.presence import RANK, Record, auto_status, entries, gone_at, last_contact, page_status, seen_by_others, seen_by_self

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
    assert seen_by_others(Record(devices=devices), NOW) == ("offline", None, None)


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
    here = Record(devices={"d:p": page(beat=3)}, public_last_seen=NOW - 500)
    assert seen_by_others(here, NOW) == ("online", None, None)
    gone = Record(devices={"d:p": page(beat=100), "e:p": page(beat=90)}, public_last_seen=NOW - 500)
    assert seen_by_others(gone, NOW) == ("offline", None, NOW - 90)
    assert seen_by_others(Record(devices={"d:p": page(beat=900)}, public_last_seen=NOW - 500), NOW) == ("offline", None, NOW - 500)
    assert seen_by_others(Record(devices={"d:p": page(beat=-5, left=-5)}), NOW + 4)[2] is None
    assert seen_by_others(Record(devices={"d:p": {"beat": NOW + 9999, "left": NOW + 9999, "promised": 1}}), NOW + 10_009)[2] == NOW + 9999


def test_others_see_an_invisible_person_as_at_the_moment_of_turning_whatever_their_pages_do():
    record = Record(
        devices={"d:p": page()},
        invisible=True,
        manual_status="new",
        public_manual_status="old",
        public_manual_status_expires_at=NOW + 60,
        public_last_seen=NOW - 500,
    )
    assert seen_by_others(record, NOW) == ("offline", "old", NOW - 500)
    assert seen_by_others(record, NOW + 60) == ("offline", None, NOW - 500)
    assert seen_by_self(record, NOW) == ("online", "new", None)
    assert seen_by_others(Record(devices={"d:p": page(beat=999)}, invisible=True), NOW) == ("offline", None, None)


@pytest.mark.parametrize(("end", "text"), [(None, "lunch"), (NOW + JUST, "lunch"), (NOW, None), (NOW - 1, None)])
def test_a_status_text_ends_at_its_moment_for_everybody(end, text):
    record = Record(manual_status="lunch", manual_status_expires_at=end)
    assert seen_by_others(record, NOW)[1] == text
    assert seen_by_self(record, NOW)[1] == text
