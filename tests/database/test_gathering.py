"""Those who meet are done together: each hears what came out for them, and nobody is forgotten, whatever goes wrong."""

import threading
import time

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from chatapp.database import gathering as rules
from chatapp.database.gathering import Gathering, GivenUp
from chatapp.errors import NotFound, Unavailable

PATIENCE = 20


class Work:
    """What is done for those who meet: the first time it waits until so many others stand in line."""

    def __init__(self, gathering, others=0, make=str.upper):
        self.calls, self.gathering = [], gathering
        self._others, self._make, self.begun = others, make, threading.Event()

    def __call__(self, many):
        self.calls.append(list(many))
        if len(self.calls) == 1:
            self.begun.set()
            until = time.monotonic() + PATIENCE
            while len(self.gathering._waiting) < self._others:
                assert time.monotonic() < until, "the others do not come"
                time.sleep(0.001)
        return [self._make(one) for one in many]


class Asking(threading.Thread):
    """Somebody who wants something."""

    def __init__(self, do, wanted):
        super().__init__(daemon=True)
        self._do, self._wanted, self.heard = do, wanted, None
        self.start()

    def run(self):
        try:
            self.heard = self._do.gathering.ask(self._do, self._wanted)
        except BaseException as error:
            self.heard = error

    def answer(self):
        self.join(PATIENCE)
        assert not self.is_alive()
        return self.heard


@pytest.fixture
def gathering():
    return Gathering()


def all_meet(do, first, *others):
    """Let the others come in this order while the first one is at work. Returns what each heard."""
    asking = [Asking(do, first)]
    assert do.begun.wait(PATIENCE)
    for number, one in enumerate(others, 1):
        asking.append(Asking(do, one))
        until = time.monotonic() + PATIENCE
        while number < len(others) and len(do.gathering._waiting) < number:
            assert time.monotonic() < until
            time.sleep(0.0001)
    return [one.answer() for one in asking]


def failing(*broken, error=OperationalError, alone=False):
    """Return what makes capitals of texts, but raises an error where it gets one of these (``alone``: only by itself)."""

    def do(many):
        do.calls.append(list(many))
        if set(many) & set(broken) and (len(many) == 1 or not alone):
            raise error("UPDATE", {}, Exception("no"))
        return [one.upper() for one in many]

    do.calls = []
    return do


def test_one_alone_is_done_at_once(gathering):
    do = Work(gathering)
    begun = time.monotonic()
    assert gathering.ask(do, "a") == "A"
    assert gathering.ask(do, "b") == "B"
    assert do.calls == [["a"], ["b"]] and time.monotonic() - begun < 1


def test_those_who_come_meanwhile_are_done_together_in_their_order(gathering):
    do = Work(gathering, others=3)
    assert all_meet(do, "a", "b", "c", "d") == ["A", "B", "C", "D"]
    assert do.calls == [["a"], ["b", "c", "d"]]


def test_nobody_is_told_before_it_is_done_for_all(gathering):
    go, do = threading.Event(), Work(gathering, others=2)

    def slow(many):
        found = do(many)
        assert len(many) == 1 or go.wait(PATIENCE)
        return found

    slow.gathering = gathering
    asking = [Asking(slow, "a")]
    assert do.begun.wait(PATIENCE)
    asking += [Asking(slow, "b"), Asking(slow, "c")]
    assert asking[0].answer() == "A"
    time.sleep(0.1)
    assert do.calls[1:] and all(one.is_alive() for one in asking[1:])
    go.set()
    assert [one.answer() for one in asking] == ["A", "B", "C"]


def test_what_is_refused_is_nobody_elses_affair(gathering):
    refused = NotFound()
    do = Work(gathering, 3, make=lambda one: refused if one == "c" else one.upper())
    assert all_meet(do, "a", "b", "c", "d") == ["A", "B", refused, "D"]
    assert len(do.calls) == 2


def test_what_fails_for_many_is_done_by_itself_for_each(gathering):
    do, inner = Work(gathering, 3), failing("c")

    def both(many):
        do(many)
        return inner(many)

    both.gathering, both.begun = gathering, do.begun
    heard = all_meet(both, "a", "b", "c", "d")
    assert [heard[at] for at in (0, 1, 3)] == ["A", "B", "D"] and isinstance(heard[2], OperationalError)
    assert inner.calls[:2] == [["a"], ["b", "c", "d"]] and sorted(inner.calls[2:]) == [["b"], ["c"], ["d"]]


def test_what_fails_for_one_alone_is_not_tried_again(gathering):
    do = failing("a")
    with pytest.raises(OperationalError):
        gathering.ask(do, "a")
    assert do.calls == [["a"]] and gathering.ask(do, "b") == "B"


def test_whoever_was_second_tries_once_more(gathering):
    do = failing("a", error=IntegrityError)
    with pytest.raises(IntegrityError):
        gathering.ask(do, "a")
    assert do.calls == [["a"], ["a"]]


def test_whoever_has_waited_long_does_not_try_again(gathering, monkeypatch):
    monkeypatch.setattr(rules, "AGAIN_SECONDS", -1)
    do = failing("a", error=IntegrityError)
    with pytest.raises(GivenUp):
        gathering.ask(do, "a")
    assert do.calls == [["a"]]


def test_whoever_stood_in_line_for_long_while_it_failed_hears_so_at_once(gathering, monkeypatch):
    do, inner = Work(gathering, 2), failing("a")

    def both(many):
        do(many)
        monkeypatch.setattr(rules, "AGAIN_SECONDS", -1)
        return inner(many)

    both.gathering, both.begun = gathering, do.begun
    heard = all_meet(both, "a", "b", "c")
    assert isinstance(heard[0], OperationalError) and all(isinstance(one, Unavailable) for one in heard[1:])
    assert inner.calls == [["a"]]
    monkeypatch.undo()
    assert gathering.ask(inner, "d") == "D"


def test_no_more_than_so_many_at_once(gathering, monkeypatch):
    monkeypatch.setattr(rules, "MOST", 2)
    do = Work(gathering, others=5)
    assert all_meet(do, *"abcdef") == list("ABCDEF")
    assert max(map(len, do.calls)) == 2 and sorted(sum(do.calls, [])) == list("abcdef")


def test_whoever_waits_in_vain_hears_so_and_is_not_done_later(gathering, monkeypatch):
    monkeypatch.setattr(rules, "LINE_SECONDS", 0.1)
    go, calls = threading.Event(), []

    def stuck(many):
        calls.append(list(many))
        assert go.wait(PATIENCE)
        return many

    stuck.gathering = gathering
    first = Asking(stuck, "a")
    while not calls:
        time.sleep(0.001)
    assert isinstance(Asking(stuck, "b").answer(), Unavailable)
    go.set()
    assert first.answer() == "a" and gathering.ask(stuck, "c") == "c"
    assert calls == [["a"], ["c"]]


@pytest.mark.parametrize("leads", [False, True], ids=["while they wait", "as they are called to lead"])
def test_whoever_is_ended_holds_up_nobody(gathering, monkeypatch, leads):
    """As a worker that stops ends its greenlets."""
    do, ended = Work(gathering, others=2), threading.Event()

    class Ended(threading.Event):
        def wait(self, _seconds):
            if leads:
                super().wait(PATIENCE)
            ended.set()
            raise SystemExit

    class Wanted(rules._Wanted):
        def __init__(self, wanted):
            super().__init__(wanted)
            if wanted == "ended":
                self.called = Ended()

    monkeypatch.setattr(rules, "_Wanted", Wanted)
    if not leads:
        do._others = 1
    first = Asking(do, "a")
    assert do.begun.wait(PATIENCE)
    gone = Asking(do, "ended")
    until = time.monotonic() + PATIENCE
    while leads and not gathering._waiting or not leads and not ended.is_set():
        assert time.monotonic() < until
        time.sleep(0.001)
    other = Asking(do, "b")
    assert [one.answer() for one in (first, other)] == ["A", "B"]
    assert isinstance(gone.answer(), SystemExit)
    assert gathering.ask(do, "c") == "C"
