"""``./dev bench [NAME ...]``: run some rows of the table, or all of them."""

import argparse
import contextlib

from torture import world

from . import big, deliveries, heartbeats, overload, picture, presence, resting, returning, rows, wakeups
from .ground import Ground
from .load import closed_loop, spread

WARM_SECONDS = 1
QUICK_ROWS = ("sends", "polls", "deliveries")
QUICK = {"rounds": 1, "seconds": 2, "clients": 1000, "rate": 40, "idle": 1}


def main(arguments=None):
    """Run the rows that are asked for on the databases that are asked for, and print what they reach."""
    given = _arguments(arguments)
    if given.names == ["picture"]:
        print(picture.draw())
        return
    for kind in ("sqlite", "postgresql") if given.database == "both" else (given.database,):
        for name in given.names or (QUICK_ROWS if given.quick else ROWS):
            with contextlib.ExitStack() as stack:
                print(f"{name}, {kind}:", flush=True)
                ROWS[name](Ground(kind, stack), given)


def _closed(row):
    """Return the measuring of a row in which each client asks, hears, and asks again."""

    def measure(ground, given):
        server, people = ground.serve(lambda url, instance: world.build(url, instance, max(given.senders, world.LEAST_PEOPLE)))
        request = row(server.port, people)
        for one in (request, rows.bare):
            closed_loop(server.port, one, given.senders, WARM_SECONDS)
        found = [(_turn(server, request, given), _turn(server, rows.bare, given)) for _ in range(given.rounds)]
        rate, cost, slowest = zip(*((row[0] / bare[0], row[1] / bare[1], row[2]) for row, bare in found), strict=True)
        print(
            f"  {given.senders} clients: rate {spread(rate)} x bare Flask (last {found[-1][0][0]:.0f}/s), CPU {spread(cost)} x, p99 {spread(slowest)} ms",
            flush=True,
        )

    return measure


def _turn(server, request, given):
    """Return (answers a second, CPU seconds of the workers for each, ms within which 99 % came) of one row in one round."""
    before = server.cpu()
    result = closed_loop(server.port, request, given.senders, given.seconds)
    if any(status >= 300 for status in result.statuses):
        raise RuntimeError(f"not every answer was good: {result.statuses}")
    return result.rate, (server.cpu() - before) / len(result.latencies), result.percentile(0.99) * 1000


ROWS = {
    "sends": _closed(rows.sends),
    "polls": _closed(rows.polls),
    "deliveries": deliveries.measure,
    "heartbeats": heartbeats.measure,
    "presence": presence.measure,
    "returning": returning.measure,
    "overload": overload.measure,
    "wakeups": wakeups.measure,
    "resting": resting.measure,
    "big": big.measure,
}


def _arguments(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ROWS)}; or picture, drawn from the results file")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of each round")
    parser.add_argument("--senders", type=int, default=32, help="clients of sends and polls")
    parser.add_argument("--clients", type=int, default=5000, help="clients that wait, of deliveries")
    parser.add_argument("--rate", type=int, default=100, help="messages a second, of deliveries")
    parser.add_argument("--way", choices=("stream", "long"), default="stream", help="how they wait")
    parser.add_argument("--idle", type=float, default=10, help="seconds in which clients wait and nobody writes, of deliveries")
    parser.add_argument("--flood", type=float, default=10, help="seconds of each flood, of overload")
    parser.add_argument("--record", action="store_true", help="add what deliveries reach to the results file, for the picture")
    parser.add_argument("--quick", action="store_true", help="the ratios in about a minute: one short round, fewer clients")
    given = parser.parse_args(arguments)
    if given.quick:
        vars(given).update(QUICK)
    if (unknown := set(given.names) - set(ROWS)) and given.names != ["picture"]:
        parser.error(f"no row is called {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    main()
