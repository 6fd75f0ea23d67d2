"""Who may wait: one poll a page, eight a person; whoever asks last has the place."""

import heapq
import random
from collections import Counter

import pytest

from chatapp.updates.rights import Asker
from chatapp.updates.waiters import MOST_OF_USER, Waiters

PEOPLE = 2000


class Clock:
    """A clock that is moved by hand."""

    at = 0.0

    def monotonic(self):
        return self.at


@pytest.fixture
def waiters():
    return Waiters()


def wait(waiters, device, user="ben", page=None):
    return waiters.add({f"user:{user}", "group:den"}, Asker(user, device, 0), page)


def let_go(held):
    return [waiter.asker.device_id for waiter in held if waiter.replaced]


def test_two_tabs_of_a_browser_wait_beside_each_other_and_each_of_them_once(waiters):
    """Without https the tabs of a browser cannot share one poll."""
    held = [wait(waiters, "laptop", page=page) for page in ("one", "two", "one", None)]
    assert [waiter.replaced for waiter in held] == [True, False, False, False]


def test_a_script_waits_once_on_its_device(waiters):
    held = [wait(waiters, device) for device in ("phone", "laptop", "phone", "phone")]
    assert [waiter.replaced for waiter in held] == [True, False, True, False]


def test_devices_of_the_same_name_of_two_people_are_two(waiters):
    assert let_go([wait(waiters, "phone", "ben"), wait(waiters, "phone", "cleo")]) == []


def test_of_more_devices_than_may_wait_the_one_that_waited_longest_goes(waiters):
    held = [wait(waiters, str(number)) for number in range(MOST_OF_USER + 3)]
    others = [wait(waiters, str(number), "cleo") for number in range(MOST_OF_USER)]
    assert let_go(held) == ["0", "1", "2"] and let_go(others) == []


def test_the_device_that_asks_again_costs_no_other_its_place(waiters):
    held = [wait(waiters, str(number)) for number in range(MOST_OF_USER)]
    again = wait(waiters, "5")
    assert let_go(held) == ["5"] and not again.replaced


def test_whoever_has_left_holds_no_place(waiters):
    for number in range(3 * MOST_OF_USER):
        left = wait(waiters, str(number))
        waiters.remove(left)
        assert not left.replaced
    held = [wait(waiters, str(number)) for number in range(MOST_OF_USER)]
    assert let_go(held) == []


def test_nothing_is_left_when_all_have_gone(waiters):
    rng = random.Random(4)
    held = []
    for _ in range(2_000):
        if held and rng.random() < 0.5:
            waiters.remove(held.pop(rng.randrange(len(held))))
        else:
            held.append(wait(waiters, str(rng.randrange(12)), rng.choice(("ana", "ben"))))
        waiting = [(waiter.asker.user_id, waiter.asker.device_id) for waiter in held if not waiter.replaced]
        assert len(waiting) == len(set(waiting))
        assert all(sum(1 for user, _ in waiting if user == one) <= MOST_OF_USER for one in ("ana", "ben"))
    for waiter in held:
        waiters.remove(waiter)
    assert len(waiters) == 0 and vars(waiters) == vars(Waiters())


def ends_of(waiters, monkeypatch, seconds, a_second):
    """Return when polls end that begin at an even pace, so many a second, and each begins anew at its end."""
    clock = Clock()
    monkeypatch.setattr("chatapp.updates.waiters.time", clock)
    monkeypatch.setattr("chatapp.updates.waiters.random", random.Random(1))
    agenda, ends = [(number / a_second, number) for number in range(PEOPLE)], []
    heapq.heapify(agenda)
    lying = {}
    while agenda and agenda[0][0] < seconds:
        clock.at, number = heapq.heappop(agenda)
        if number in lying:
            ends.append(clock.at)
            waiters.remove(lying.pop(number))
        held = waiters.held_for(25)
        assert 7.5 <= held <= 25
        lying[number] = wait(waiters, "phone", str(number))
        heapq.heappush(agenda, (clock.at + held, number))
    return ends


def test_those_who_came_at_once_do_not_come_back_at_once(waiters, monkeypatch):
    ends = ends_of(waiters, monkeypatch, 150, a_second=PEOPLE)
    a_second = Counter(int(at) for at in ends)
    assert max(a_second.values()) < PEOPLE / 10
    late = [at for at in ends if at > 100]
    assert len(late) / 50 < PEOPLE / 22  # when the wave is over, they are held as long as before


def test_who_asks_for_a_short_time_is_held_for_that(waiters):
    assert [waiters.held_for(wait) for wait in (0, 0.5, 4.9)] == [0, 0.5, 4.9]
