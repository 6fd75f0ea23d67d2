"""What the upkeep of presence takes on a large server: in this process, by a clock that the row moves on."""

import random
import statistics
import time
from contextlib import contextmanager

import sqlalchemy as sa

from chatapp.actions import presence
from chatapp.clock import clock, from_seconds
from chatapp.database.trips import commit
from chatapp.extensions import db, writing
from chatapp.models import Device, UserStatus
from chatapp.rules.jobs import EVERY
from chatapp.rules.presence import AWAY_SECONDS, IDLE_SECONDS, VISIBLE_BEAT_SECONDS, auto_status, lasts_until

from . import town
from .load import spread

PEOPLE, HERE = 100_000, 10_000
QUIET = 0.3  # the share of those who are here without input, since up to QUIET_SECONDS ago
QUIET_SECONDS = 10 * IDLE_SECONDS
TICK_SECONDS = EVERY["decay_presence"]
COME_A_TICK = 10  # so many open the chat, and as many are not heard of again
GONE = COME_A_TICK * AWAY_SECONDS // TICK_SECONDS  # whose pages are kept still: they may come back as they were
WRITE_TICKS = 2  # about as often as a worker writes what it heard
WARM_TICKS = 35  # until every date is one that the product noted
ROUND_TICKS = EVERY["tidy_statuses"] // TICK_SECONDS


def measure(ground, given):
    """Let a minute pass in each round, and print what each look at who is to be lowered takes, what one takes at which nobody
    is due, and what the tidying at its end takes."""
    app, people = ground.application(lambda url, instance: town.build(url, instance, PEOPLE))
    with app.app_context(), _standing_clock() as stand:
        life = _Life(people, stand)
        for _ in range(WARM_TICKS):
            life.tick()
            presence.decay_presence()
        rounds = [_round(life) for _ in range(given.rounds)]
    due, changed, medians, worst, nothing, tidied, tidy, clean = zip(*rounds, strict=True)
    print(f"  {PEOPLE} people, {HERE} of them here: a sweep of {spread(due)} due, {spread(changed)} changed, takes {spread(medians)} ms", flush=True)
    print(f"  the longest of a minute {spread(worst)} ms; with nobody due {spread(nothing)} ms", flush=True)
    print(f"  tidying {spread(tidied)} statuses takes {spread(tidy)} ms; with nothing to tidy {spread(clean)} ms", flush=True)


def _round(life):
    due, changed, took, nothing = [], [], [], []
    for _ in range(ROUND_TICKS):
        life.tick()
        due.append(life.due())
        for seconds, found in ((took, changed), (nothing, [])):
            _timed(presence.decay_presence, seconds, found)
    tidy, tidied = [], []
    for _ in range(2):
        _timed(presence.tidy_statuses, tidy, tidied)
    middles = (statistics.median(one) for one in (due, changed, took))
    return *middles, max(took), statistics.median(nothing), tidied[0], *tidy


def _timed(deed, took, found):
    begun = time.perf_counter()
    found.append(deed())
    took.append((time.perf_counter() - begun) * 1000)


@contextmanager
def _standing_clock():
    """Yield a function that moves the clock of this process on by so many seconds and returns it; else it stands still."""
    times = [clock.seconds()]
    clock.seconds = lambda: times[0]

    def stand(seconds):
        times[0] += seconds
        return times[0]

    try:
        yield stand
    finally:
        del clock.seconds


class _Life:
    """Who is here, and what is heard of their pages: each beats every VISIBLE_BEAT_SECONDS, those who work with input."""

    def __init__(self, people, stand):
        self._stand, self._ticks, self._heard = stand, 0, {}
        self._devices = dict(db.session.execute(sa.select(Device.user_id, Device.id)).all())
        everybody = random.sample([one.id for one in people], len(people))
        here, gone, out = everybody[:HERE], everybody[HERE : HERE + GONE], everybody[HERE + GONE :]
        self._out = gone + out  # whoever is last there comes next
        self._turns = [{} for _ in range(VISIBLE_BEAT_SECONDS)]  # {person: whether they work} of those who beat in a second
        self._store([self._begun(user_id, random.random() >= QUIET) for user_id in here] + [self._gone(user_id) for user_id in gone])

    def tick(self):
        """Let the time between two looks pass."""
        self._ticks += 1
        for _ in range(TICK_SECONDS):
            at = self._stand(1)
            for user_id, works in self._turn(at).items():
                self._heard[user_id] = {self._page(user_id): _entry(at, at if works else None)}
        if self._ticks % WRITE_TICKS == 0:
            presence.write_beats(self._heard)
            self._heard = {}
        for _ in range(COME_A_TICK):
            self._one_goes(at)
            self._one_comes(at)

    def due(self):
        """Return how many statuses are to be looked at now."""
        found = sa.select(sa.func.count()).select_from(UserStatus).where(UserStatus.decays_at <= from_seconds(self._stand(0)))
        count = db.session.execute(found).scalar_one()
        db.session.rollback()
        return count

    def _one_goes(self, at):
        turn = self._turn(at + random.randrange(VISIBLE_BEAT_SECONDS))
        if working := [user_id for user_id, works in turn.items() if works]:
            user_id = random.choice(working)
            del turn[user_id]
            self._heard.pop(user_id, None)
            self._out.insert(0, user_id)

    def _one_comes(self, at):
        user_id = self._out.pop()
        self._turn(at)[user_id] = True
        presence.report_beat(user_id, self._devices[user_id], "page", _entry(at, at))

    def _begun(self, user_id, works):
        now = self._stand(0)
        beat = now - random.randrange(VISIBLE_BEAT_SECONDS)
        self._turn(beat)[user_id] = works
        return self._row(user_id, _entry(beat, beat if works else now - random.uniform(0, QUIET_SECONDS)))

    def _gone(self, user_id):
        beat = self._stand(0) - random.uniform(0, AWAY_SECONDS)
        return self._row(user_id, _entry(beat, beat))

    def _row(self, user_id, entry):
        now, devices = self._stand(0), {self._page(user_id): entry}
        until = lasts_until(devices, now)
        looked = until and from_seconds(random.uniform(now, until))
        return {"id": user_id, "devices": devices, "auto_status": auto_status(devices, now), "decays_at": looked}

    def _store(self, rows):
        db.session.rollback()
        values = {name: sa.bindparam(name) for name in ("devices", "auto_status", "decays_at")}
        with writing() as connection:
            connection.execute(sa.update(UserStatus.__table__).where(UserStatus.user_id == sa.bindparam("id")).values(values), rows)
            commit(connection, [])
        with db.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("ANALYZE"))  # as its autovacuum does within a minute

    def _turn(self, at):
        return self._turns[int(at) % VISIBLE_BEAT_SECONDS]

    def _page(self, user_id):
        return f"{self._devices[user_id]}:page"


def _entry(beat, typed):
    return {"beat": beat, "promised": VISIBLE_BEAT_SECONDS} | ({"input": typed} if typed else {})
