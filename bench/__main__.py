"""``./dev bench [NAME ...]``: run some rows of the table, or all of them."""

import argparse
import contextlib
import tempfile
from pathlib import Path

from databases import SETTINGS, PostgreSQL, SQLite
from launcher import cluster
from served import served
from torture import world

from . import rows
from .load import closed_loop

DURABLE = {"fsync": "on"}
HELLO = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
WARM_SECONDS = 1


def main(arguments=None):
    """Run the rows that are asked for on the databases that are asked for, and print what they reach."""
    given = _arguments(arguments)
    for kind in ("sqlite", "postgresql") if given.database == "both" else (given.database,):
        with contextlib.ExitStack() as stack:
            server, people = _town(kind, given.clients, stack)
            for name in given.names or rows.ROWS:
                _measure(kind, name, server, rows.ROWS[name](server.port, people), given)


def _measure(kind, name, server, request, given):
    """Run a row and the bare route in turns; print the ratio of their rates: least, median, most."""
    both = {"row": request, "bare": lambda _number: HELLO}
    for one in both.values():
        closed_loop(server.port, one, given.clients, WARM_SECONDS)
    ratios, costs, slowest = [], [], []
    for _ in range(given.rounds):
        found = {}
        for which, one in both.items():
            before = server.cpu()
            result = closed_loop(server.port, one, given.clients, given.seconds)
            if any(status >= 300 for status in result.statuses):
                raise RuntimeError(f"{name}: not every answer was good: {result.statuses}")
            found[which] = (result.rate, (server.cpu() - before) / len(result.latencies), result.percentile(0.99))
        ratios.append(found["row"][0] / found["bare"][0])
        costs.append(found["row"][1] / found["bare"][1])
        slowest.append(found["row"][2] * 1000)
        rate = found["row"][0]
    print(
        f"{name:8} {kind:11} {given.clients} clients: rate {_spread(ratios)} x bare Flask ({rate:.0f}/s), CPU {_spread(costs)} x, p99 {_spread(slowest)} ms",
        flush=True,
    )


def _spread(values):
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.3g} ({ordered[0]:.3g} to {ordered[-1]:.3g})"


def _town(kind, size, stack):
    folder = Path(tempfile.mkdtemp(prefix="chat", dir="/tmp"))  # short: a socket's path has room for 107 bytes
    instance = folder / "instance"
    instance.mkdir()
    if kind == "sqlite":
        url = stack.enter_context(SQLite(folder).fresh(instance))
    else:
        url = stack.enter_context(PostgreSQL(stack.enter_context(cluster(DURABLE)), folder).fresh(folder))
    people = world.build(url, instance, max(size, world.LEAST_PEOPLE))
    settings = {**SETTINGS, "FEED": "auto", "DATABASE_URL": url, "INSTANCE": str(instance)}
    return stack.enter_context(served(settings, folder / "server.log", app="bench.bare:app")), people


def _arguments(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(rows.ROWS)}")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of each round")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(rows.ROWS):
        parser.error(f"no row is called {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    main()
