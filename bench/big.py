"""A large server: what an open page reads stays quick however many people, groups and messages there are."""

import random
import time
import uuid

from chatapp.models import GroupMember, Message

from . import town
from .load import percentile
from .visitor import Visitor

PEOPLE, ROOM, MESSAGES = 100_000, 20, 1_000_000
CONVERSATIONS = 50
ASKED = 200
AT_ONCE = 20_000


def measure(ground, given):
    """Fill a server, ask one after the other for the state of somebody in CONVERSATIONS groups and for pages of history, and
    print how long that took."""
    begun = time.perf_counter()
    server, people = ground.serve(lambda url, instance: town.build(url, instance, PEOPLE, ROOM, _more))
    print(f"  {PEOPLE} people, {PEOPLE // ROOM} groups, {MESSAGES} messages, made in {time.perf_counter() - begun:.0f} s", flush=True)
    visitor = Visitor(server.port, people[0].token)
    rooms = _rooms(people)
    for _ in range(given.rounds):
        states = _asked(visitor, lambda: "/api/state")
        pages = _asked(visitor, lambda: f"/api/groups/{random.choice(rooms)}/messages?limit=50&before={random.randint(60, 150)}")
        print(f"  /api/state {states}; a page of history {pages}", flush=True)
    visitor.close()


def _rooms(people):
    return [one.group for one in people[: CONVERSATIONS * ROOM : ROOM]]


def _more(people, at):
    yield GroupMember, [town.membership(people[0], group, at) for group in _rooms(people)[1:]]
    for start in range(0, MESSAGES, AT_ONCE):
        yield Message, [_message(people[number % PEOPLE], number, at) for number in range(start, start + AT_ONCE)]


def _message(sender, number, at):
    content = f"message {number} " + "x" * 60
    return {"id": str(uuid.uuid4()), "content": content, "created_at": at, "sender_id": sender.id, "group_id": sender.group}


def _asked(visitor, path):
    took = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        visitor.ask("GET", path())
        took.append(visitor.answer(200)[0] - begun)
    took.sort()
    return f"p50 {percentile(took, 0.5) * 1000:.1f} p95 {percentile(took, 0.95) * 1000:.1f} ms"
