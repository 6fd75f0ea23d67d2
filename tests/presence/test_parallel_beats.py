"""Devices and tabs of one person beat at the same time, through two workers: every page's newest beat and input is kept.

In each round every page does some things one after the other, all pages at once, while both workers write what they heard,
and now and then a device is signed out. The clock goes on by a millisecond whenever anybody looks at it, so whatever is
stored can be told from anything older.
"""

import itertools
import random
import threading

import pytest
from cast import PASSWORD
from signs import beat, flush, row

from chatapp.clock import clock
from chatapp.rules.presence import LATE_SECONDS, auto_status, is_gone

DEVICES, TABS = 3, 2
PROMISES = [25, 60, 60, 120]
PATIENCE = 60
OWN = ("manual_status", "invisible", "manual_status_expires_at", "tidied_at", "public_last_seen")


class Ticking:
    """The clock of both workers."""

    def __init__(self, start):
        self._start, self._ticks = start, itertools.count()

    def __call__(self):
        return self._start + next(self._ticks) / 1000

    def skip(self, seconds):
        """Let time pass while nobody does anything."""
        self._start += seconds


class Tab:
    """One page of a device. Knows between which ticks its newest beat, input and goodbye were."""

    def __init__(self, person, name, apps, dice):
        self.person, self.name, self._apps, self._dice = person, name, apps, dice
        self.key = f"{person.device_id}:{name}"
        self.beat = self.input = self.left = None
        self.promised, self.last_promise, self.refused = set(), None, False

    def plan(self):
        """Decide what to do in the next round: a new page reports first, a goodbye comes last or the page is back."""
        deeds = [] if self.beat else [self._report]
        deeds += self._dice.choices([self._report, self._poll, self._leave], [5, 3, 1], k=self._dice.randint(1, 3))
        self._deeds = [(deed, self._dice.choice(self._apps), self._dice.random() < 0.5, self._dice.choice(PROMISES)) for deed in deeds]

    def act(self):
        """Do it all."""
        for deed, app, active, promised in self._deeds:
            deed(self.person.at(app), active, promised)

    def _report(self, person, active, promised):
        body = {"device": self.name, "active": active, "visible": True, "next": promised}
        if during := self._ask(person, "POST", "/api/heartbeat", body):
            self.beat, self.left, self.last_promise = during, self._still_left(during), promised
            self.promised.add(promised)
            self.input = during if active else self.input

    def _poll(self, person, *_):
        if during := self._ask(person, "GET", f"/api/updates?since={self.cursor}&device={self.name}"):
            self.beat, self.left = during, self._still_left(during)

    def _still_left(self, during):
        """What comes right after a goodbye was on its way before it."""
        return self.left if self.left and during[0] < self.left[1] + LATE_SECONDS else None

    def _leave(self, person, *_):
        if during := self._ask(person, "POST", "/api/heartbeat/leave", {"device": self.name}):
            self.left = during

    def _ask(self, person, method, path, body=None):
        before = clock.seconds()
        status = person.request(method, path, body).status_code
        self.refused |= status == 401
        assert status in (200, 204, 401), (path, status)
        return (before, clock.seconds()) if status < 300 else None

    def check(self, entry, now):
        """Fail unless a stored entry says what this page did last."""
        assert within(entry["beat"], self.beat), (entry, self.beat)
        assert within(entry["input"], self.input) if self.input else "input" not in entry, (entry, self.input)
        assert entry["promised"] in self.promised and entry["promised"] >= self.last_promise, (entry, self.promised)
        assert within(entry["left"], self.left) if self.left else entry.get("left", 0) < entry["beat"], (entry, self.left)
        assert is_gone(entry, now + 11) == bool(self.left)


def within(second, during):
    return during[0] < second < during[1]


class Rounds:
    """One person on several devices, and somebody else who must notice nothing."""

    def __init__(self, cast, apps, ticking, seed):
        self.cast, self.apps, self.ticking, self.dice = cast, apps, ticking, random.Random(seed)
        self.names = itertools.count()
        self.devices = [cast.ana, *(cast.again(cast.ana) for _ in range(DEVICES - 1))]
        self.tabs = [self._tab(device) for device in self.devices for _ in range(TABS)]
        self.signed_out = 0
        cast.ana.put("/api/me/status", {"manual_status": "in a round"})
        beat(cast.ben)
        self.before = self._others()

    def play(self):
        """Play one round and look at what it left."""
        self.ticking.skip(self.dice.uniform(1, 40))
        for app in self.apps:
            app.extensions["feed"].look()
        cursor = self.cast.ana.cursor()
        for tab in self.tabs:
            tab.cursor = cursor
            tab.plan()
        leaver = self.devices[-1] if self.dice.random() < 0.2 else None
        self._at_once([tab.act for tab in self.tabs] + [lambda app=app: self._flush_twice(app) for app in self.apps], leaver)
        for app in self.apps:
            flush(app)
        self._check(leaver)
        self._go_on(leaver)

    def _flush_twice(self, app):
        flush(app)
        flush(app)

    def _at_once(self, deeds, leaver):
        if leaver is not None:
            first = self.devices[0].at(self.dice.choice(self.apps))
            deeds.append(lambda: first.request("DELETE", f"/api/me/devices/{leaver.device_id}", {"current_password": PASSWORD}))
        together, failures = threading.Barrier(len(deeds)), []

        def run(deed):
            try:
                together.wait(PATIENCE)
                deed()
            except BaseException as failure:
                failures.append(failure)

        self.dice.shuffle(deeds)
        threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
        [one.start() for one in threads]
        [one.join(PATIENCE) for one in threads]
        assert failures == []

    def _check(self, leaver):
        stored, now = row(self.cast.app, self.cast.ana), clock.seconds()
        ended = leaver and leaver.device_id
        assert not [key for key in stored["devices"] if ended and key.startswith(ended)], "a device that was signed out came back"
        for tab in self.tabs:
            if tab.person is not leaver:
                assert not tab.refused
                tab.check(stored["devices"][tab.key], now)
        assert auto_status(stored["devices"], now) in ("online", "idle", "away")
        assert self._others() == self.before

    def _go_on(self, leaver):
        if leaver is not None:
            self.signed_out += 1
            self.devices[-1] = self.cast.again(self.cast.ana)
        for number, tab in enumerate(self.tabs):
            if tab.person is leaver or tab.left:
                self.tabs[number] = self._tab(self.devices[-1] if tab.person is leaver else tab.person)

    def _tab(self, person):
        return Tab(person, f"page{next(self.names)}", self.apps, self.dice)

    def _others(self):
        ana, ben = row(self.cast.app, self.cast.ana), row(self.cast.app, self.cast.ben)
        return {name: ana[name] for name in OWN}, ben


@pytest.mark.jobs_off("it looks at what beats alone make of a row, while they are written")
@pytest.mark.timeout(3600)
def test_pages_that_beat_at_the_same_time_lose_nothing(cast, second_app, size, monkeypatch):
    ticking = Ticking(int(clock.seconds()))
    monkeypatch.setattr(clock, "seconds", ticking)
    rounds = Rounds(cast, [cast.app, second_app], ticking, seed=11)
    for _ in range(size(25, 1_000)):
        rounds.play()
    assert rounds.signed_out > size(0, 100)
