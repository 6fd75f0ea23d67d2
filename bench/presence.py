"""What presence takes: the upkeep on a large server, people who come and go where everybody would hear of it, and pages that
read again."""

import itertools
import random
import statistics
import time

import sqlalchemy as sa

from chatapp.extensions import db
from chatapp.models import Event, UserStatus
from chatapp.rules.presence import OFFLINE

from . import sweeps, town
from .crowd import Crowd
from .deliveries import BARE_CLIENTS, BARE_SECONDS, many_descriptors
from .load import closed_loop, spread
from .rows import bare, cursor_of
from .visitor import Visitor

MEMBERS = 5_000
CHANGES_A_SECOND = 100  # half of them come, half of them go
VISITORS = 20
PROMISED_SECONDS = 1  # so whoever came is gone after 17 s
GONE_SECONDS = 20
ROUND_SECONDS = 10
PAGES, ON_SCREEN, READ_EVERY_SECONDS = 1_000, 50, 60


def measure(ground, given):
    """Print what the looks at who is to be lowered take (sweeps.py), then what the workers of a server take on which everybody
    is in two groups of MEMBERS: for people who come and go, which wakes nobody, and for pages that read again."""
    sweeps.measure(ground, given)
    many_descriptors()
    app, server, people = ground.beside(lambda url, instance: town.build(url, instance, MEMBERS, MEMBERS), SCHEDULER="on")
    crowd = Crowd(server.port, people, cursor_of(server.port, people[0]), "stream")
    try:
        crowd.dismiss()
        crowd.connect()
        _come_and_go(app, server, crowd, people, given.rounds)
    finally:
        crowd.close()
    _read_again(server, people, given.rounds)


def _come_and_go(app, server, crowd, people, rounds):
    """Raises RuntimeError when anybody heard of it, or when nobody was lowered."""
    visitors = itertools.cycle([Visitor(server.port, people[0].token) for _ in range(VISITORS)])
    comers = itertools.cycle(people)
    idle = _share(server, lambda: crowd.rest(ROUND_SECONDS))
    _come(crowd, visitors, comers, GONE_SECONDS)
    shares = [_share(server, lambda: _come(crowd, visitors, comers, ROUND_SECONDS)) for _ in range(rounds)]
    with app.app_context():
        written = _count(Event.kind == "presence.changed")
        here = _count(UserStatus.auto_status != OFFLINE)
    if written or crowd.round.presences or here > GONE_SECONDS * CHANGES_A_SECOND:
        raise RuntimeError(f"{written} events, {crowd.round.presences} times heard; {here} are here")
    print(
        f"  {len(people)} wait in two groups, {CHANGES_A_SECOND} changes a second: {written} events, heard {crowd.round.presences} times; "
        f"CPU {spread(shares)} % of a core, {idle:.3g} % of it with nobody coming",
        flush=True,
    )


def _come(crowd, visitors, comers, seconds):
    """Let half of CHANGES_A_SECOND people come in each second; whoever came so before is gone."""
    turn, begun = 2 / CHANGES_A_SECOND, time.perf_counter()
    for number in range(int(seconds / turn)):
        crowd.rest(max(0, begun + number * turn - time.perf_counter()))
        one = next(visitors)
        one.token = next(comers).token
        one.ask("POST", "/api/heartbeat", {"device": "page", "active": True, "visible": True, "next": PROMISED_SECONDS})
        if (answer := one.answer(200)[1])["auto_status"] != "online":
            raise RuntimeError(f"who came is {answer}")


def _read_again(server, people, rounds):
    """Let PAGES pages read once a minute what is to be seen of ON_SCREEN people, each on a connection of its own."""
    cursor, readers = cursor_of(server.port, people[0]), itertools.cycle(people[:PAGES])
    time.sleep(GONE_SECONDS)  # until the last ones are lowered
    idle = _share(server, lambda: time.sleep(ROUND_SECONDS))
    shares = [_share(server, lambda: _read(server.port, people, readers, cursor)) - idle for _ in range(rounds)]
    before = server.cpu()
    of_bare = len(closed_loop(server.port, bare, BARE_CLIENTS, BARE_SECONDS).latencies) / (server.cpu() - before)
    times = statistics.median(shares) / 100 * READ_EVERY_SECONDS / PAGES * of_bare
    print(
        f"  {PAGES} pages read {ON_SCREEN} people each a minute: CPU {spread(shares)} % of a core, one {times:.2g} x bare Flask ({1e6 / of_bare:.0f} us); "
        f"besides it {idle:.3g} % with nobody reading",
        flush=True,
    )


def _read(port, people, readers, cursor):
    turn, begun = READ_EVERY_SECONDS / PAGES, time.perf_counter()
    for number in range(int(ROUND_SECONDS / turn)):
        time.sleep(max(0, begun + number * turn - time.perf_counter()))
        asked = ",".join(one.id for one in random.sample(people, ON_SCREEN))
        page = Visitor(port, next(readers).token)
        page.ask("GET", f"/api/presence?users={asked}&since={cursor}")
        if len(page.answer(200)[1]["presence"]) != ON_SCREEN:
            raise RuntimeError("somebody is missing")
        page.close()


def _share(server, deed):
    """Return the per cent of a core that the workers take while something is done."""
    before, begun = server.cpu(), time.perf_counter()
    deed()
    return (server.cpu() - before) / (time.perf_counter() - begun) * 100


def _count(condition):
    return db.session.execute(sa.select(sa.func.count()).where(condition)).scalar_one()
