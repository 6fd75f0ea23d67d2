"""All clients at once after a restart: how long until each has heard what was said while it was away."""

from . import town
from .crowd import Crowd
from .deliveries import many_descriptors
from .rows import cursor_of

WITHIN_SECONDS = 1


def measure(ground, given):
    """Let so many clients wait, kill and restart the server, let them all come back within a second, and print how long it took."""
    many_descriptors()
    server, people = ground.serve(lambda url, instance: town.build(url, instance, given.clients))
    crowd = Crowd(server.port, people, cursor_of(server.port, people[0]), given.way)
    try:
        crowd.connect()
        for _ in range(given.rounds):
            crowd.leave()
            crowd.say_everywhere()
            server.kill()
            server.restart()
            crowd.hire()
            took = crowd.return_within(WITHIN_SECONDS)
            print(f"  {given.clients} clients came back within {WITHIN_SECONDS} s after a restart: all had caught up after {took:.1f} s", flush=True)
    finally:
        crowd.close()
