"""A day of one person with two workers whose clocks are apart, seen by everybody all the time.

Pages beat as heartbeat.js does, to either worker; of all beats some are lost. Workers keep beats and write them every 5 s.
Between two writes a status only falls, so it is looked at before and after each one, by both clocks.
"""

import heapq
import itertools

from presence.days import EARLY, GRACE, LEFT_DELAY, Day, truth
from rules.presence_traces import written

from chatapp.actions import presence as deeds
from chatapp.presence.beats import Beats
from chatapp.rules import presence as rule
from chatapp.updates.rights import Asker

START = 1_800_000_000
SKEWS = (-2.5, 2.5)
FLUSH = 5
LOST = 0.2
JITTER = 2
VISIBLE, HIDDEN, POLL = 25, 60, 25
SOONEST, AGAIN, LOST_HIDDEN, QUIET = 3, 2, 25, 200  # as in heartbeat.js


class Flapped(AssertionError):
    """Somebody saw a change that nothing real has caused, or did not see a real one in time."""


class Clock:
    """The one clock that the product reads: set before each call to what the worker's says."""

    def __init__(self):
        self.now = 0.0

    def seconds(self):
        return self.now


class Page:
    """heartbeat.js: when it beats, and what it says."""

    def __init__(self, key, at, polls):
        device, _, self.name = key.partition(":")
        self.asker = Asker("ana", device, 0)
        self.visible, self.active, self.status, self.beat_at, self.active_at = True, True, None, at, at
        self.hurries, self.lost, self.polls = False, False, polls
        self.due, self.heard_at = at, at

    def sign(self, at):
        """Note input; return the second at which it is reported before the next regular beat, or None."""
        self.active = True
        waits = self.status not in (None, "online") or at - self.active_at > QUIET
        return max(at, self.beat_at + SOONEST) if waits else None


class Watcher:
    """What one worker's readers see, held against what is true."""

    def __init__(self, changes):
        self._changes, self._at, self._seen, self._looked = changes, 0, "offline", float("-inf")
        self.transitions = 0

    def look(self, at, status):
        """See a status. Each change of it must have a real cause of its own."""
        if status != self._seen:
            for number in range(self._at + 1, len(self._changes)):
                cause = self._changes[number]
                if cause.at - EARLY >= at:
                    break
                if cause.status == status and cause.at + cause.delay >= self._looked:
                    self._at, self._seen = number, status
                    self.transitions += 1
                    break
            if status != self._seen:
                raise Flapped(f"{status} after {self._seen} between {self._looked:.3f} and {at:.3f}")
        self._looked = at

    def expect(self, number):
        """Fail unless the real change with this number is seen by now."""
        if self._seen != self._changes[number].status:
            raise Flapped(f"still {self._seen} at {self._looked:.3f}, though {self._changes[number]}")


class Life:
    """A person's day, played. ``beats`` counts what arrived."""

    def __init__(self, dice, clock):
        self._dice, self._clock = dice, clock
        self.deeds = Day(dice).deeds
        self._changes = changes = truth(self.deeds)
        self._workers, self._devices, self._pages = [Beats(), Beats()], {}, {}
        self.watchers, self.beats = [Watcher(changes) for _ in SKEWS], 0
        self._flushes, self._phase = [False, False], [dice.uniform(0, FLUSH) for _ in SKEWS]
        self._order, self._events = itertools.count(), []
        for deed in self.deeds:
            self._at(deed.at, self._does, deed)
        for number, (change, after) in enumerate(itertools.pairwise(changes)):
            if change.at > 0:
                self._at(change.at - EARLY, self._look)
                self._at(change.at + change.delay, self._expect, number, after.at - EARLY)

    def play(self):
        """Live the day. Raises Flapped."""
        while self._events:
            now, _, what, arguments = heapq.heappop(self._events)
            self._now = now
            what(*arguments)
        return self

    def _at(self, at, what, *arguments):
        heapq.heappush(self._events, (at, next(self._order), what, arguments))

    def _does(self, deed):
        now, page = self._now, self._pages.get(deed.page)
        if deed.what == "open":
            page = self._pages[deed.page] = Page(deed.page, now, self._dice.random() < 0.15)
            self._beat(page)
            if page.polls:
                self._at(now + 0.01, self._poll, page)
        elif deed.what == "input":
            if (soon := page.sign(now)) is not None:
                page.due, page.hurries = soon, True
                self._at(soon, self._timer, page, soon)
        elif deed.what in ("hide", "show"):
            page.visible = deed.what == "show"
            page.active |= page.visible  # it got the focus
            self._beat(page)
        else:
            page.due = None
            if deed.what == "leave":
                self._leave(page)

    def _timer(self, page, due):
        if page.due == due:
            self._beat(page)

    def _beat(self, page):
        now, promised, active, hurries = self._now, VISIBLE if page.visible else HIDDEN, page.active, page.hurries
        page.active, page.hurries, page.beat_at = False, False, now
        if active:
            page.active_at = now
        page.due = now + promised + JITTER * self._dice.random()
        page.lost = not page.lost and self._dice.random() < LOST
        if page.lost:
            page.active |= active
            usual = (VISIBLE if page.visible else LOST_HIDDEN) + JITTER * self._dice.random()
            page.due = now + (AGAIN if hurries or page.status is None else usual)
        else:
            self._report(page, active, promised)
        self._at(page.due, self._timer, page, page.due)

    def _report(self, page, active, promised):
        self.beats, page.heard_at = self.beats + 1, self._now
        number, worker = self._some_worker()
        entry, urgent = worker.report(page.asker, page.name, active=active, promised=promised)
        if not urgent:
            page.status = worker.status("ana")
            self._flush_later(number)
            return
        self._store(deeds._with_page(self._devices, page.asker.device_id, page.name, entry), number)
        page.status = rule.auto_status(self._devices, self._clock.now)
        worker.learn(page.asker, page.name, self._devices[f"{page.asker.device_id}:{page.name}"])

    def _poll(self, page):
        if page.due is not None:
            number, worker = self._some_worker()
            if page.status is not None:  # else it polls without its name
                worker.heard(page.asker, page.name)
                page.heard_at = self._now
                self._flush_later(number)
            self._at(self._now + POLL, self._poll, page)

    def _leave(self, page):
        number, worker = self._some_worker()
        key = f"{page.asker.device_id}:{page.name}"
        heard = worker.forget("ana", key)
        if key in self._devices:
            self._store(self._devices | {key: rule.left(self._devices[key], heard, self._clock.now)}, number)

        if self._now - page.heard_at > SKEWS[1] - SKEWS[0]:
            self._expect_gone(self._now + GRACE)

    def _expect_gone(self, at):
        for number, (change, after) in enumerate(itertools.pairwise(self._changes)):
            if change.at == at:
                self._at(at + LEFT_DELAY, self._expect, number, after.at - EARLY)

    def _flush_later(self, number):
        if not self._flushes[number]:
            self._flushes[number] = True
            turns = (self._now - self._phase[number]) // FLUSH + 1
            self._at(self._phase[number] + turns * FLUSH, self._flush, number)

    def _flush(self, number):
        self._flushes[number] = False
        self._set_clock(number)
        for pages in self._workers[number].take(lambda _: False).values():
            self._store(written(self._devices, pages), number)

    def _store(self, devices, number):
        self._look()
        self._devices = devices
        self._look()
        self._set_clock(number)

    def _look(self):
        """Look by both clocks. The one that is ahead never sees a better status; of two that must be the same one is asked for."""
        at, (behind, ahead) = START + self._now, self.watchers
        low = rule.auto_status(self._devices, at + SKEWS[1])
        high = low if low == "online" else rule.auto_status(self._devices, at + SKEWS[0])
        ahead.look(self._now, low)
        behind.look(self._now, high)

    def _expect(self, number, until):
        self._look()
        if self._now < until:
            for watcher in self.watchers:
                watcher.expect(number)

    def _some_worker(self):
        number = self._dice.random() < 0.5
        self._set_clock(number)
        return number, self._workers[number]

    def _set_clock(self, number):
        self._clock.now = START + self._now + SKEWS[number]
