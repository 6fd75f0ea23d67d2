"""What people do on a day, second by second: come, work, look elsewhere, pause, reload, leave or vanish. And what is true of
them meanwhile by the rule, if the server knew everything at once."""

from typing import NamedTuple

DAY = 24 * 3600
IDLE, AWAY, GRACE = 300, 900, 10
RANK = {"offline": 0, "away": 1, "idle": 2, "online": 3}
# How long after a real change it is seen at the latest. A beat is lost now and then, waits 5 s to be written, and clocks are
# 5 s apart: for input, two visible beats of at most 27 s or a hidden one of at most 62 s.
INPUT_DELAY, QUIET_DELAY, VANISHED_DELAY = 65, 75, 2 * 25 + 15 + 10
LEFT_DELAY = 6  # after the grace; where clocks say that a beat came after the goodbye, the page counts until it is silent
EARLY = 5.01
# What people do not do here: pause for nearly five or fifteen minutes. Whether input came before or after is then a question
# of the beat that reports it.
LONGEST_GAP = 280


class Deed(NamedTuple):
    """Something a person does at a second: open, input, hide, show, leave, vanish. ``page`` is a key."""

    at: float
    what: str
    page: str


class Change(NamedTuple):
    """From this second on a person is this; it may be seen up to ``delay`` seconds later."""

    at: float
    status: str
    delay: float


class Day:
    """A person's day: deeds in their order."""

    def __init__(self, dice):
        self._dice, self._number = dice, 0
        self.deeds = []
        at = dice.uniform(0, 6 * 3600)
        while at < DAY:
            at = self._visit(at) + dice.choice((dice.uniform(400, 3600), dice.uniform(3600, 9 * 3600)))
        self.deeds.sort(key=lambda deed: deed.at)

    def _visit(self, at):
        page = self._open("laptop", at)
        at = self._work(page, at)
        while self._dice.random() < 0.75 and at < DAY:
            at = self._dice.choice((self._pause, self._elsewhere, self._elsewhere_briefly))(page, at)
            if self._dice.random() < 0.3:
                page, at = self._reload(page, at)
            at = self._work(page, at)
        self._do(at, "vanish" if self._dice.random() < 0.2 else "leave", page)
        return at

    def _work(self, page, at):
        until = at + self._dice.uniform(300, 5400)
        if until - at > 2500 and self._dice.random() < 0.3:
            self._phone(at + 600, until - 600)
        while at < until:
            self._do(at, "input", page)
            reads = self._dice.random() < 0.06
            at += self._dice.uniform(235, LONGEST_GAP) if reads else min(LONGEST_GAP, 0.5 + self._dice.expovariate(1 / 40))
        self._do(at, "input", page)
        return at + 1

    def _phone(self, at, until):
        page = self._open("phone", at)
        for moment in sorted(self._dice.uniform(at, until - 20) for _ in range(3)):
            self._do(moment, "input", page)
        self._do(until, self._dice.choice(("leave", "vanish")), page)

    def _pause(self, _page, at):
        return at + self._dice.choice((self._dice.uniform(320, 840), self._dice.uniform(960, 5400)))

    def _elsewhere(self, page, at):
        self._do(at, "hide", page)
        at = self._pause(page, at)
        self._do(at, "show", page)
        return at

    def _elsewhere_briefly(self, page, at):
        for _ in range(self._dice.randint(1, 4)):
            self._do(at, "hide", page)
            at += self._dice.choice((self._dice.uniform(0.3, 8), self._dice.uniform(8, 200)))
            self._do(at, "show", page)
            at += self._dice.uniform(0.3, 20)
        return at

    def _reload(self, page, at):
        self._do(at, "leave", page)
        at += self._dice.uniform(0.1, 1.5)
        return self._open("laptop", at), at

    def _open(self, device, at):
        self._number += 1
        page = f"{device}:{self._number}"
        self._do(at, "open", page)
        return page

    def _do(self, at, what, page):
        self.deeds.append(Deed(at, what, page))


def truth(deeds):
    """Return the Changes of a person that these deeds make."""
    pages, last = {}, {}
    for at, what, page in deeds:
        if what in ("open", "input", "show"):
            pages.setdefault(page, []).extend(_aged(last.get(page), at))
            pages[page].append(Change(at, "online", INPUT_DELAY))
            last[page] = at
        elif what in ("leave", "vanish"):
            end = at + GRACE if what == "leave" else at
            pages[page] += [*_aged(last[page], end), Change(end, "offline", VANISHED_DELAY)]
    for page, changes in pages.items():
        if changes[-1].status != "offline":
            changes += _aged(last[page], float("inf"))
    return _best(pages)


def _aged(since, until):
    found = [] if since is None else [Change(since + IDLE, "idle", QUIET_DELAY), Change(since + AWAY, "away", QUIET_DELAY)]
    return [one for one in found if one.at < until]


def _best(pages):
    changes, statuses = [Change(float("-inf"), "offline", 0)], {}
    for change, page in sorted((change, page) for page, found in pages.items() for change in found):
        statuses[page] = change.status
        best = max(statuses.values(), key=RANK.get)
        if best != changes[-1].status:
            changes.append(Change(change.at, best, change.delay))
    return changes
