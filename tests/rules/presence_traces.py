"""Random lives of a person's pages, lived twice: by the product and by the oracle."""

import contextlib
from types import SimpleNamespace

from rules.presence_oracle import SECOND, Happened, History

from chatapp.actions import presence as deeds
from chatapp.presence import shown
from chatapp.presence.beats import Beats
from chatapp.rules import presence as rule
from chatapp.updates.rights import Asker

DEVICES = [letter * 36 for letter in "abcde"]
PROMISES = [round(one * SECOND) for one in (0.000001, 1, 25, 25, 25, 33.333333, 60, 60, 119.999999, 120, 120.000001, 3600, 86_400)]
FROM, TO = 1_600_000_000 * SECOND, 4_000_000_000 * SECOND
HOUR = 3600 * SECOND


class Disagreement(AssertionError):
    """Product and oracle see another status at the same moment."""


class Time:
    """The clock of a trace, in whole microseconds. The product reads it as seconds."""

    def __init__(self):
        self.micros = FROM

    def seconds(self):
        return self.micros / SECOND


class Product:
    """One person as one worker and the database keep them, but without the database: rules and deeds are the product's."""

    def __init__(self):
        self._beats, self._row, self._ended = Beats(), SimpleNamespace(devices={}), set()

    def install(self, monkeypatch, time):
        """Let deeds find this row, whoever is named, and let time stand."""
        monkeypatch.setattr("chatapp.clock.clock.seconds", time.seconds)
        monkeypatch.setattr(deeds, "transaction", contextlib.nullcontext)
        monkeypatch.setattr(deeds, "_is_signed_in", lambda device: device not in self._ended)
        for module in (shown, deeds.shown):
            monkeypatch.setattr(module, "changing", lambda _: contextlib.nullcontext(self._row))

    def begin(self):
        """Be another person, of whom nothing is known."""
        self._beats.forget_all()
        self._row.devices, self._ended = {}, set()

    def report(self, device, page, active, promised):
        asker = Asker("ana", device, 0)
        entry, urgent = self._beats.report(asker, page, active=active, promised=promised / SECOND)
        if urgent:
            self._row.devices = deeds._with_page(self._row.devices, device, page, entry)
            self._beats.learn(asker, page, self._row.devices[f"{device}:{page}"])

    def poll(self, device, page):
        self._beats.heard(Asker("ana", device, 0), page)

    def flush(self):
        for pages in self._beats.take(self._ended.__contains__).values():
            self._row.devices = written(self._row.devices, pages)

    def close(self, device, page):
        deeds.leave_page("ana", device, page, self._beats.forget("ana", f"{device}:{page}"))

    def sign_out(self, device):
        self._ended.add(device)
        shown.drop_device("ana", device)

    def status(self, now):
        return rule.auto_status(self._row.devices, now)


def written(devices, pages):
    """Return a row's devices after the beats of pages were written, key by key as the product's statement does."""
    return devices | {key: _merged(devices.get(key), entry) for key, entry in pages.items()}


def _merged(stored, entry):
    if stored is None:
        return {"promised": rule.HIDDEN_BEAT_SECONDS} | entry
    if abs(stored["beat"] - entry["beat"]) > rule.NEAR_SECONDS:
        return stored | entry
    return stored | entry | {name: max(stored[name], entry[name]) for name in ("beat", "input", "promised") if name in stored and name in entry}


class Trace:
    """One life. ``play`` returns how often product and oracle were compared."""

    def __init__(self, dice, time, product):
        self._dice, self._time, self._product, self._history = dice, time, product, History()
        self._pages = [(device, f"p{number}") for device in DEVICES[: dice.randint(1, 5)] for number in range(dice.randint(1, 3))]
        self._limits, self._reported, self._told, self._closing = [], {}, [], False
        time.micros = dice.randrange(FROM, TO)
        product.begin()

    def play(self):
        comparisons = self._dice.randint(3, 8)
        for _ in range(comparisons):
            chance = self._dice.random()
            if chance < 0.55:
                self._time_passes()
            if chance > 0.35:
                self._something_happens()
            if chance > 0.85:  # before anything was written of what happened just now
                self._time.micros += int(4 * SECOND * self._dice.random())
                self._something_happens()
            self._product.flush()
            self._compare()
        return comparisons

    def _time_passes(self):
        time, dice = self._time, self._dice
        ahead = [limit for limit in self._limits if limit > time.micros + 1]
        if ahead and dice.random() < 0.75:
            time.micros = dice.choice(ahead) + dice.choice((-1, 0, 1))
        else:
            time.micros += int(dice.choice((10, 60, 1000)) * SECOND * dice.random())

    def _something_happens(self):
        device, page = self._dice.choice(self._pages)
        self._time.micros += self._closing  # a sign of life in the very microsecond of the goodbye says nothing
        self._closing, chance, now = False, self._dice.random(), self._time.micros
        reported = self._reported.get((device, page))
        if chance > 0.96:
            self._sign_out(device)
        elif chance > 0.78 and reported:  # a page that only ever polled was never anybody's: it closes without a word
            self._closing = True
            self._note(device, page, Happened(now, "closing"), [10])
            self._product.close(device, page)
        elif chance > 0.63 and now - (reported or now) < HOUR:  # later its promise may be forgotten
            self._note(device, page, Happened(now, "poll"), [65, 135])
            self._product.poll(device, page)
        else:
            self._report(device, page, self._dice.random() < 0.55, self._dice.choice(PROMISES))

    def _report(self, device, page, active, promised):
        self._note(device, page, Happened(self._time.micros, "report", active, promised), [300, 900] if active else [])
        self._limits.append(self._time.micros + 2 * min(promised, 120 * SECOND) + 15 * SECOND)
        self._reported[device, page] = self._time.micros
        self._product.report(device, page, active, promised)

    def _sign_out(self, device):
        self._told.append((self._time.micros, "sign-out", device))
        self._history.note_sign_out(device)
        self._product.sign_out(device)
        self._pages = [one for one in self._pages if one[0] != device] or [(f"{len(self._told):036}", "p0")]  # who signs in again has a new device

    def _note(self, device, page, happened, limits):
        self._told.append((device, page, happened))
        self._history.note(device, page, happened)
        self._limits += [happened.at + limit * SECOND for limit in limits]

    def _compare(self):
        now = self._time.micros
        product, oracle = self._product.status(now / SECOND), self._history.status(now)
        if product != oracle:
            raise Disagreement(f"at {now}: {product}, and by the table {oracle}, after\n" + "\n".join(map(str, self._told)))
