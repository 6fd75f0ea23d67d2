"""What presence takes: the upkeep on a large server, people who come and go where everybody would hear of it, and pages that
read again."""

import itertools
import random
import time
from contextlib import contextmanager
from functools import partial

import sqlalchemy as sa

from chatapp.extensions import db
from chatapp.models import Event, UserStatus
from chatapp.rules.presence import OFFLINE

from . import sweeps, town
from .crowd import Crowd
from .deliveries import many_descriptors
from .load import spread
from .rows import cursor_of
from .visitor import Visitor

MEMBERS = 5_000
CHANGES_A_SECOND = 100  # half of them come, half of them go
VISITORS = 20
PROMISED_SECONDS = 1  # so whoever came is gone after 17 s
GONE_SECONDS = 20
QUIET_AFTER_SECONDS = 45  # until the polls of those who hung up have ended, and the last ones who came are lowered
ROUND_SECONDS = 10
PAGES, ON_SCREEN, READ_EVERY_SECONDS = 1_000, 50, 60


def measure(ground, given):
    """Print what the looks at who is to be lowered take (sweeps.py), then what the workers of a server take on which everybody
    is in two groups of MEMBERS: for people who come and go, which wakes nobody, and for pages that read again."""
    sweeps.measure(ground, given)
    many_descriptors()
    app, server, people = ground.beside(lambda url, instance: town.build(url, instance, MEMBERS, MEMBERS), SCHEDULER="on")
    cursor = cursor_of(server.port, people[0])
    with _waiting(server, people, cursor) as crowd:
        _come_and_go(app, server, crowd, people, given.rounds)
    _read_again(server, people, cursor, given.rounds)


@contextmanager
def _waiting(server, people, cursor):
    """Yield a Crowd of people whose polls are held."""
    crowd = Crowd(server.port, people, cursor, "stream")
    try:
        crowd.dismiss()
        crowd.connect()
        yield crowd
    finally:
        crowd.close()


def _come_and_go(app, server, crowd, people, rounds):
    """Let people come for the first time in a while, and be lowered later. Raises RuntimeError when somebody waiting heard of
    it, or when nobody was lowered."""
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
    turn = 2 / CHANGES_A_SECOND
    for _, one in _in_turn(crowd.rest, visitors, int(seconds / turn), turn):
        one.token = next(comers).token
        one.ask("POST", "/api/heartbeat", {"device": "page", "active": True, "visible": True, "next": PROMISED_SECONDS})
        if (answer := one.answer(200)[1])["auto_status"] != "online":
            raise RuntimeError(f"who came is {answer}")


def _read_again(server, people, cursor, rounds):
    """Let PAGES pages read once a minute, each on a connection that it keeps, what is to be seen of ON_SCREEN people, those of a
    room or anybody; and as many bare requests come at the same pace, which costs each of them several times what it costs
    among thousands. Raises RuntimeError when somebody is missing."""
    time.sleep(QUIET_AFTER_SECONDS)
    before = _share(server, lambda: time.sleep(ROUND_SECONDS))
    pages, turn = [Visitor(server.port, one.token) for one in people[:PAGES]], READ_EVERY_SECONDS / PAGES
    readers, count = itertools.cycle(pages), int(ROUND_SECONDS / turn)

    def read(screen, turn):
        for number, page in _in_turn(time.sleep, readers, count, turn):
            page.ask("GET", f"/api/presence?users={','.join(one.id for one in screen(number))}&since={cursor}")
            if len(page.answer(200)[1]["presence"]) != ON_SCREEN:
                raise RuntimeError("somebody is missing")

    def rooms(number):
        first = number % (PAGES // ON_SCREEN) * ON_SCREEN
        return people[first : first + ON_SCREEN]

    def strangers(_number):
        return random.sample(people, ON_SCREEN)

    def hello(turn):
        for _, page in _in_turn(time.sleep, readers, count, turn):
            page.ask("GET", "/hello")
            page.answer(200)

    for _ in range(-(-PAGES // count)):
        read(strangers, 0)  # until the workers know all of them
    deeds = (partial(read, rooms), partial(read, strangers), hello)
    found = [[_share(server, partial(deed, turn)) for deed in deeds] for _ in range(rounds)]
    idle = min(before, _share(server, lambda: time.sleep(ROUND_SECONDS)))
    of_rooms, of_strangers, bare = (spread([share - idle for share in shares]) for shares in zip(*found, strict=True))
    print(
        f"  {PAGES} pages read {ON_SCREEN} people each a minute: CPU {of_rooms} % of a core in rooms of {ON_SCREEN}, {of_strangers} % each of other people "
        f"among {len(people)}; as many bare requests {bare} %; besides them {idle:.3g} %",
        flush=True,
    )
    for one in pages:
        one.close()


def _in_turn(rest, visitors, count, turn):
    """Yield so many numbers and visitors, the next one every ``turn`` seconds; ``rest`` is called to let the time between pass."""
    begun = time.perf_counter()
    for number in range(count):
        rest(max(0, begun + number * turn - time.perf_counter()))
        yield number, next(visitors)


def _share(server, deed):
    """Return the per cent of a core that the workers take while something is done."""
    before, begun = server.cpu(), time.perf_counter()
    deed()
    return (server.cpu() - before) / (time.perf_counter() - begun) * 100


def _count(condition):
    return db.session.execute(sa.select(sa.func.count()).where(condition)).scalar_one()
