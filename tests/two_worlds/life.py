"""A life of a world, noted: what every observer receives at every instant."""

import itertools
import random
import re

from chatapp.jobs import flusher

from .private import ACTS
from .routes import DEEDS, ENDING, LOOKS, path
from .world import STAND_IN

WAITS = (0.4, 1, 3, 7, 12, 26, 40, 66, 70, 130, 310, 905, 4_000)  # seconds; around each limit of presence
CURSOR = re.compile(r'"cursor":"([^"]*)"')
JOINED = re.compile(r'"joined_at":"[^"]*"')  # of the primary group: stamped by the database's own clock
VIEWS = (
    "SELECT * FROM public_users ORDER BY id",
    "SELECT * FROM public_user_status ORDER BY user_id",
    "SELECT id, name, is_primary FROM public_groups ORDER BY is_primary, id",
    "SELECT user_id, group_id, role FROM public_group_members ORDER BY user_id, group_id",
)


def turns_invisible(world):
    """The one way to be seen no more."""
    world.target.put("/api/me/status", {"invisible": True})


def signs_out(world):
    """The other one: on all devices at this instant."""
    reply = world.target.request("DELETE", "/api/me/devices", {"current_password": "correct horse battery"})
    assert reply.status_code == 204, reply.data
    world.target.delete("/api/session")


def live(world, turn, seed, instants, looks):
    """Return [(instant, observer, what, …)] of a whole life. ``turn``: what the target does at T; only who turned invisible
    does more. ``looks``: at how many of all routes each observer looks at each instant."""
    dice, notes, private = random.Random(seed), [], _dealt(ACTS, f"{seed} private") if turn is turns_invisible else None
    for step, act in enumerate(itertools.islice(_dealt(ACTS[:7], f"{seed} before"), 3)):
        _act(world, act, random.Random(f"{seed} before {step}"), ("before", seed, step))
        world.later(dice.choice(WAITS))
    world.seed("turn")
    turn(world)
    world.look()
    for instant in range(instants):
        if private:
            for turn_of in range(random.Random(f"{seed} {instant}").randrange(4)):
                _act(world, next(private), random.Random(f"{seed} {instant} {turn_of}"), ("private", seed, instant, turn_of))
        _note(world, notes, dice, instant, looks)
        world.later(dice.choice(WAITS))
        if dice.random() < 0.4:
            world.jobs_run()
        elif dice.random() < 0.5:
            flusher.flush(dice.choice(world.apps))
    for name, route, body in ENDING:
        observer = next(one for one in world.observers if one.name == name)
        _ask(world, notes, (instant, route), observer, world.apps[0], route, body=body and body(world))
        _note(world, notes, dice, route, looks)
    return notes


def differences(one, other):
    """Return the pairs of notes in which two lives differ."""
    assert [note[:4] for note in one] == [note[:4] for note in other]
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]


def _dealt(acts, seed):
    """Yield acts for ever like cards of a shuffled pack: each comes before any comes again, so that a short life has most of them."""
    dice = random.Random(seed)
    while True:
        yield from dice.sample(acts, len(acts))


def _act(world, act, dice, name):
    world.seed(*name)
    act(world, dice.choice(world.apps), dice)
    world.look()


def _note(world, notes, dice, instant, looks):
    for number, woken in enumerate(world.wakes()):
        notes.append((instant, "all", "wakes", number, woken))
    for observer in world.observers:
        app = dice.choice(world.apps)
        if observer.cursor is not None:
            _follow(world, notes, instant, observer, app)
        for route, more in _some(dice, [(route, more) for route, ways in LOOKS.items() for more in ways], looks):
            _ask(world, notes, instant, observer, app, route, more)
    for _ in range(2):
        observer, app, (route, body) = dice.choice(world.observers), dice.choice(world.apps), dice.choice(list(DEEDS.items()))
        _ask(world, notes, instant, observer, app, route, body=body(world))
    for view in VIEWS:
        notes.append((instant, "reports", view, 0, [_plain(world, repr(row)) for row in world.outside.run(view)]))


def _some(dice, ways, looks):
    return ways if looks >= len(ways) else dice.sample(ways, looks)


def _follow(world, notes, instant, observer, app):
    """Poll from where the observer stands: what comes, and whether the cursor moves."""
    world.seed("poll", instant, observer.name)
    reply = observer.ask(app, "GET", f"/api/updates?since={observer.cursor}&wait=0")
    answer = reply.get_json()
    moved = answer.get("cursor") != observer.cursor
    observer.cursor = answer.get("cursor", observer.cursor)
    notes.append((instant, observer.name, "follows", 0, moved, *_received(world, reply)))


def _ask(world, notes, instant, observer, app, route, more="", body=None):
    method, where = path(world, route, observer, more)
    world.seed(instant, observer.name, route, more)
    reply = observer.ask(app, method, where, body)
    if method != "GET":
        world.look()
    notes.append((instant, observer.name, route, more, *_received(world, reply)))


def _received(world, reply):
    """Return (status, headers, body) but for what no observer can read: a cursor is sealed, only its length is seen."""
    text = CURSOR.sub(lambda found: f'"cursor":"{len(found[1])}"', reply.get_data(as_text=True))
    headers = sorted((name, _plain(world, value)) for name, value in reply.headers if name != "Date")
    return reply.status_code, headers, JOINED.sub('"joined_at":""', _plain(world, text))


def _plain(world, text):
    return text.replace(world.hall, STAND_IN)
