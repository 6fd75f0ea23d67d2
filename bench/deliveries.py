"""Delivery to thousands of waiting clients: what it costs, how long it takes, how much memory it needs."""

import json
import resource
import statistics
from pathlib import Path
from urllib.request import Request, urlopen

from . import town
from .crowd import Crowd
from .load import closed_loop
from .rows import HELLO

BARE_CLIENTS, BARE_SECONDS = 8, 2
IDLE_SECONDS = 10
MIB = 1024 * 1024


def measure(ground, given):
    """Let so many clients lie down, people write, and print what it took. ``ground`` makes a server on a database."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server, people = ground.serve(lambda url, instance: town.build(url, instance, given.clients))
    before = memory(server)
    crowd = Crowd(server.port, people, _cursor(server.port, people[0]), given.way)
    try:
        took = crowd.connect()
        print(
            f"{given.clients} clients wait ({given.way}) after {took:.1f} s: {(memory(server) - before) / MIB / given.clients * 1000:.1f} MiB each 1,000"
        )
        _rest(server, crowd)
        costs = [_round(server, crowd, given) for _ in range(given.rounds)]
        print(f"CPU of a delivery: {statistics.median(costs):.3f} ({min(costs):.3f} to {max(costs):.3f}) x that of a bare Flask request", flush=True)
    finally:
        crowd.close()


def _rest(server, crowd):
    before = server.cpu()
    crowd.rest(IDLE_SECONDS)
    print(f"idle: {(server.cpu() - before) / IDLE_SECONDS / len(server.workers()):.1%} of a core a worker", flush=True)


def _round(server, crowd, given):
    before = server.cpu()
    closed = closed_loop(server.port, lambda _number: HELLO, BARE_CLIENTS, BARE_SECONDS)
    bare = (server.cpu() - before) / len(closed.latencies)
    crowd.rest(0.5)
    before = server.cpu()
    found = crowd.run(given.rate, given.seconds)
    cost = (server.cpu() - before) / len(found.heard)
    print(
        f"  {len(found.heard)} of {len(found.heard)} delivered, {given.rate} messages/s: p50 {at(found.heard, 0.5):.0f} p99 {at(found.heard, 0.99):.0f} "
        f"worst {found.heard[-1] * 1000:.0f} ms; sends p99 {at(found.sends, 0.99):.0f} ms; {found.polls} polls; {cost * 1e6:.0f} us a delivery, bare {bare * 1e6:.0f} us",
        flush=True,
    )
    return cost / bare


def at(ordered, share):
    """Return the milliseconds within which a share (0 to 1) of the things came, given the seconds of each in order."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def memory(server):
    """Return the bytes that a server's processes have for themselves, and their parts of what they share (PSS)."""
    lines = (Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() for pid in (server.process.pid, *server.workers()))
    return sum(int(line.split()[1]) * 1024 for each in lines for line in each if line.startswith("Pss:"))


def _cursor(port, person):
    state = Request(f"http://127.0.0.1:{port}/api/state", headers={"Authorization": f"Bearer {person.token}"})
    return json.load(urlopen(state, timeout=30))["cursor"]
