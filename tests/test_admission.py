"""Requests beyond what is done soon are refused at once; the others have their turn in the order in which they came."""

import random
import threading

import pytest

from chatapp.admission import FIRST_PACE, LINE_SECONDS, MOST_INSIDE, MOST_PAUSE_SECONDS, Admission, Line

PATIENCE = 10


class Time:
    """A clock that is moved by hand."""

    def __init__(self):
        self.at = 1000.0

    def __call__(self):
        return self.at


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def line(time):
    return Line(time)


class Crowd:
    """Threads that want a turn, one after the other."""

    def __init__(self, line):
        self.line, self.came_in, self.threads = line, [], []

    def add(self, name):
        """Let one more come, and return when it stands in line."""
        thread = threading.Thread(target=self._enter, args=(name,))
        self.threads.append(thread)
        before = len(self.line._waiting)
        thread.start()
        while len(self.line._waiting) == before:
            threading.Event().wait(0.001)

    def join(self):
        for thread in self.threads:
            thread.join(PATIENCE)

    def _enter(self, name):
        if self.line.enter():
            self.came_in.append(name)


def fill(line):
    for _ in range(MOST_INSIDE):
        assert line.enter()


def test_so_many_are_inside_at_once_and_the_others_follow_in_their_order(line):
    fill(line)
    crowd = Crowd(line)
    for name in "abc":
        crowd.add(name)
    for count in (1, 2, 3):
        line.leave()
        while len(crowd.came_in) < count:
            threading.Event().wait(0.001)
    crowd.join()
    assert crowd.came_in == ["a", "b", "c"]


def test_the_line_is_as_long_as_what_is_done_soon(line):
    fill(line)
    line._waiting.extend(threading.Event() for _ in range(int(LINE_SECONDS / FIRST_PACE) - 1))
    assert not line.is_full()
    line._waiting.append(threading.Event())
    assert line.is_full() and not line.enter()


def test_a_slow_pace_makes_the_line_short(line, time):
    fill(line)
    for _ in range(60):
        line._waiting.append(threading.Event())
        time.at += LINE_SECONDS / 4
        line.leave()
    line._waiting.extend(threading.Event() for _ in range(2))
    assert not line.is_full()
    line._waiting.extend(threading.Event() for _ in range(3))
    assert line.is_full()


def test_many_who_leave_together_do_not_look_like_a_line_that_stands(line, time):
    fill(line)
    for _ in range(20):
        line._waiting.extend(threading.Event() for _ in range(MOST_INSIDE))
        time.at += LINE_SECONDS / 4
        assert not line.is_full()
        for _ in range(MOST_INSIDE):
            line.leave()


def test_when_nobody_leaves_any_more_all_are_refused_at_once(line, time):
    fill(line)
    assert not line.is_full()
    time.at += LINE_SECONDS + 0.01
    assert line.is_full()
    line.leave()
    assert not line.is_full() and line.enter()


def test_whoever_stands_in_a_line_that_does_not_move_is_let_go(line, monkeypatch):
    monkeypatch.setattr("chatapp.admission.LINE_SECONDS", 0.05)
    fill(line)
    assert not line.enter() and not line._waiting
    line.leave()
    assert line.enter()


def test_who_is_ended_while_waiting_leaves_the_turn_to_others(line, monkeypatch):
    class Ended(BaseException):
        pass

    def end(_event, _seconds):
        line.leave()  # the turn comes at the very moment
        raise Ended

    fill(line)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Event, "wait", end)
        pytest.raises(Ended, line.enter)
    assert line.enter() and line._inside == MOST_INSIDE


def test_reads_and_writes_do_not_wait_for_each_other(time):
    admission = Admission(time)
    fill(admission.line("POST"))
    time.at += 2 * LINE_SECONDS
    assert not admission.line("DELETE").enter() and admission.line("GET").enter()


def test_clients_are_asked_to_stay_away_longer_the_more_are_refused(time, monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda _least, most: most)
    admission = Admission(time)
    assert (admission.pause(3), admission.retry_after()) == (3, 2)
    line = admission.line("POST")
    fill(line)
    time.at += 0.9
    for _ in range(4 * MOST_INSIDE):
        assert not line.enter()
    time.at += 0.2
    assert (admission.pause(3), admission.retry_after()) == (27, 14)
    time.at += 5
    assert admission.pause(3) == 3


def test_a_worker_that_runs_late_asks_for_longer_pauses_too(time):
    admission = Admission(time)
    for _ in range(50):
        admission.noticed(0.04)
    assert admission.pause(3) == 3
    for _ in range(50):
        admission.noticed(0.1)
    assert admission.pause(3) == pytest.approx(6, 0.1)
    for _ in range(500):
        admission.noticed(5)
    assert admission.pause(3) == MOST_PAUSE_SECONDS
    for _ in range(100):
        admission.noticed(0)
    assert admission.pause(3) == 3
