"""More than can be done: sends at a multiple of the rate that the server reaches, each at its time, whether those before have been
answered or not."""

import time

from torture import world

from .deliveries import many_descriptors, memory
from .flood import Flood, unheard
from .load import closed_loop, percentile
from .rows import sends

TIMES = (2, 5)
CAPACITY_SECONDS, WITHIN_SECONDS = 4, 10
CLIENTS = 32


def measure(ground, given):
    """Find out how much a server can do, ask for twice and five times as much, and print what became of it."""
    many_descriptors()
    server, people = ground.serve(lambda url, instance: world.build(url, instance, max(CLIENTS, world.LEAST_PEOPLE)))
    ask = sends(server.port, people)
    closed_loop(server.port, ask, CLIENTS, 2)
    calm = closed_loop(server.port, ask, CLIENTS, CAPACITY_SECONDS)
    before = memory(server)
    print(f"  {CLIENTS} clients one after the other: {calm.rate:.0f} sends/s, p99 {calm.percentile(0.99) * 1000:.0f} ms", flush=True)
    for times in TIMES:
        flood = Flood(server.port, lambda number: ask(number % CLIENTS))
        most = flood.run(calm.rate * times, given.flood, lambda: memory(server))
        back = _back_to_normal(server.port, ask, calm)
        _tell(times, flood, most / before - 1, back)
        missing = unheard(server.port, people, flood.acknowledged)
        print(f"    stored of what was acknowledged: all but {len(missing)} of {len(flood.acknowledged)}", flush=True)


def _tell(times, flood, grown, back):
    statuses = {status: len(found) for status, found in sorted(flood.seconds.items())}
    parts = [
        f"{status}: p50 {percentile(sorted(found), 0.5) * 1000:.0f} p99 {percentile(sorted(found), 0.99) * 1000:.0f} ms"
        for status, found in flood.seconds.items()
    ]
    print(
        f"  {times} x: {statuses}; {'; '.join(parts)}; most connections {flood.most_open}; memory {grown:+.0%}; as before after {back:.1f} s",
        flush=True,
    )


def _back_to_normal(port, ask, calm):
    """Return after how many seconds 99 % are answered within twice the time of before, and as many."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < WITHIN_SECONDS:
        now = closed_loop(port, ask, CLIENTS, 1)
        if set(now.statuses) == {201} and now.rate > calm.rate * 0.7:
            break
    return time.perf_counter() - begun
