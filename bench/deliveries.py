"""Delivery to thousands of waiting clients: what it costs, how long it takes, how much memory it needs."""

import resource
import statistics
from pathlib import Path

from . import picture, town
from .crowd import Crowd
from .load import closed_loop, percentile
from .rows import bare, cursor_of

BARE_CLIENTS, BARE_SECONDS = 8, 2
MIB = 1024 * 1024


def measure(ground, given):
    """Let so many clients lie down, people write, and print what it took. ``ground`` makes a server on a database."""
    many_descriptors()
    server, people = ground.serve(lambda url, instance: town.build(url, instance, given.clients))
    before = memory(server)
    crowd = Crowd(server.port, people, cursor_of(server.port, people[0]), given.way)
    try:
        took = crowd.connect()
        print(
            f"{given.clients} clients wait ({given.way}) after {took:.1f} s: {(memory(server) - before) / MIB / given.clients * 1000:.1f} MiB each 1,000"
        )
        _rest(server, crowd, given.idle)
        rounds = [_round(server, crowd, given) for _ in range(given.rounds)]
        costs = [one["cost"] for one in rounds]
        print(f"CPU of a delivery: {statistics.median(costs):.3f} ({min(costs):.3f} to {max(costs):.3f}) x that of a bare Flask request", flush=True)
        if given.record:
            middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
            picture.record({"database": ground.kind, "way": given.way, "clients": given.clients, "rate": given.rate, **middle})
    finally:
        crowd.close()


def many_descriptors():
    """Let this process have as many connections as it may."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _rest(server, crowd, seconds):
    before = server.cpu()
    crowd.rest(seconds)
    print(f"idle: {(server.cpu() - before) / seconds / len(server.workers()):.1%} of a core a worker", flush=True)


def _round(server, crowd, given):
    before = server.cpu()
    closed = closed_loop(server.port, bare, BARE_CLIENTS, BARE_SECONDS)
    of_bare = (server.cpu() - before) / len(closed.latencies)
    crowd.rest(0.5)
    before = server.cpu()
    found = crowd.run(given.rate, given.seconds)
    used = server.cpu() - before
    cost = used / len(found.heard)
    middle, slow, sends = (percentile(*one) * 1000 for one in ((found.heard, 0.5), (found.heard, 0.99), (found.sends, 0.99)))
    print(
        f"  {found.sent} messages, {len(found.heard)} deliveries, none missing: p50 {middle:.0f} p99 {slow:.0f} worst {found.heard[-1] * 1000:.0f} ms; "
        f"sends p99 {sends:.0f} ms; {found.polls} polls; {cost * 1e6:.0f} us a delivery, bare {of_bare * 1e6:.0f} us",
        flush=True,
    )
    return {"cost": cost / of_bare, "p50": middle, "p99": slow, "cores": used / given.seconds}


def memory(server):
    """Return the bytes that a server's processes have for themselves, and their parts of what they share (PSS)."""
    return memory_of((server.process.pid, *server.workers()))


def memory_of(pids):
    """Return the bytes that processes have for themselves, and their parts of what they share (PSS)."""
    lines = (Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() for pid in pids)
    return sum(int(line.split()[1]) * 1024 for each in lines for line in each if line.startswith("Pss:"))
