"""Signs of life: of clients whose polls carry them, and of pages that tell of input or of being looked at."""

import random

from . import town
from .crowd import Crowd
from .deliveries import many_descriptors
from .rows import cursor_of
from .visitor import Visitor

BEATS_A_SECOND = 50
STREAM_SECONDS = 25  # after so long each client has asked again
PAGE = "page"
TURN_SECONDS = 1 / BEATS_A_SECOND


def measure(ground, given):
    """Let so many clients wait and beat, 50 others tell each second that they do something, and print what all of it takes."""
    many_descriptors()
    server, people = ground.serve(lambda url, instance: town.build(url, instance, given.clients))
    crowd = Crowd(server.port, people, cursor_of(server.port, people[0]), given.way, f"&device={PAGE}")
    visitors = [Visitor(server.port, person.token) for person in random.sample(people, BEATS_A_SECOND)]
    try:
        crowd.dismiss()
        crowd.connect()
        crowd.rest(STREAM_SECONDS)  # whoever was away is here now, which is told at once
        _beat(crowd, visitors, 1)
        for _ in range(given.rounds):
            before, polls = server.cpu(), crowd.round.polls
            sent = _beat(crowd, visitors, STREAM_SECONDS)
            share = (server.cpu() - before) / STREAM_SECONDS
            print(
                f"  {given.clients} clients, {crowd.round.polls - polls} polls and {sent} beats in {STREAM_SECONDS} s: {share:.1%} of a core",
                flush=True,
            )
    finally:
        crowd.close()
        for one in visitors:
            one.close()


def _beat(crowd, visitors, seconds):
    """Let time pass in which each visitor beats once a second. Returns how many beats there were."""
    for _ in range(seconds):
        for one in visitors:
            one.ask("POST", "/api/heartbeat", {"device": PAGE, "active": True, "visible": True})
            crowd.rest(TURN_SECONDS)
            one.answer(200)
    return seconds * len(visitors)
