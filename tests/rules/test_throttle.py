"""How long somebody who failed must wait."""

import pytest

from chatapp.rules.throttle import ACCOUNT, ADDRESS, Limit, address_block, counted, wait

LIMIT = Limit(free=3, window=100, longest=40)


def test_some_tries_are_free_then_each_failure_doubles_the_wait_up_to_a_bound():
    waits = [wait(LIMIT, failures, 1000, 1000) for failures in range(12)]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 40, 40, 40]
    assert wait(LIMIT, 10**9, 1000, 1000) == 40


def test_a_wait_runs_off_by_the_clock():
    assert [wait(LIMIT, 6, 1000, now) for now in (1000, 1007.5, 1008, 1050)] == [8, 0.5, 0, 0]


@pytest.mark.parametrize(("after", "counts"), [(0, 9), (99.9, 9), (100, 0), (10**6, 0)])
def test_failures_are_forgotten_a_window_after_the_last_one(after, counts):
    assert counted(LIMIT, 9, 1000, 1000 + after) == counts


def test_a_wait_longer_than_the_window_is_sat_out():
    patient = Limit(free=1, window=10, longest=60)
    assert counted(patient, 7, 1000, 1059) == 7
    assert wait(patient, 7, 1000, 1059) == 1
    assert counted(patient, 7, 1000, 1060) == 0


def test_an_account_allows_a_guess_a_quarter_of_an_hour_at_worst_and_an_office_has_more_tries():
    assert (ACCOUNT.free, ACCOUNT.longest, ADDRESS.free) == (5, 900, 20)


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("not an address", "unknown"),
        ("192.0.2.7, 192.0.2.8", "unknown"),
    ],
)
def test_what_counts_as_one_address(address, block):
    assert address_block(address) == block
