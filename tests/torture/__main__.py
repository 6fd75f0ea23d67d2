"""``./dev torture``: one run, checked. The history of a run that failed is kept."""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path

from databases import PostgreSQL, SQLite
from launcher import restartable_cluster
from pooler import pooled

from .checker.__main__ import main as check
from .run import Orders, run

DURABLE = {"fsync": "on"}
FAULTS_A_MINUTE = 20
KINDS = 10  # of faults, about


def main(arguments=None):
    """Run and check. Returns the exit code: 0 when nothing was lost, doubled or reordered."""
    given = _arguments(arguments)
    folder = Path(tempfile.mkdtemp(prefix="chat", dir="/tmp"))  # short: a socket's path has room for 107 bytes
    orders = Orders(
        database=given.database,
        seed=given.seed,
        seconds=given.minutes * 60,
        sends=given.sends,
        each=max(1, round(given.minutes * FAULTS_A_MINUTE / KINDS)),
        restores=max(1, round(given.minutes / 5)),
        people=given.people,
        workers=given.workers,
        hosts=given.hosts,
    )
    print(f"torture: {given.database}, {given.minutes:g} min of faults, seed {given.seed}, {given.people} people; {folder}", flush=True)
    begun = time.monotonic()
    with contextlib.ExitStack() as stack:
        url, cluster = _database(given.database, folder, stack)
        if given.pooler:
            orders.pooled_url = stack.enter_context(pooled(url))
        history = run(orders, folder, url, cluster, say=lambda line: print(line, flush=True))
    print(f"{time.monotonic() - begun:.0f} s; checking", flush=True)
    code = check(str(history))
    if code or given.keep:
        print(f"history kept: {history}")
    else:
        shutil.rmtree(folder)
    return code


def _arguments(arguments):
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sends", type=int, default=0, help="go on until so many are acknowledged")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--hosts", type=int, default=1, help="servers on the same PostgreSQL, among which clients alternate")
    parser.add_argument("--pooler", action="store_true", help="with PgBouncer in front of PostgreSQL")
    parser.add_argument("--keep", action="store_true", help="keep the history of a clean run too")
    given = parser.parse_args(arguments)
    if given.database == "sqlite" and (given.hosts > 1 or given.pooler):
        parser.error("several hosts and a pooler need --database postgresql")
    return given


def _database(kind, folder, stack):
    if kind == "sqlite":
        return stack.enter_context(SQLite(folder_of(folder, "template")).fresh(folder)), None
    cluster = stack.enter_context(restartable_cluster(DURABLE))
    server = PostgreSQL(cluster.url, folder_of(folder, "template"))
    return stack.enter_context(server.fresh(folder)), cluster


def folder_of(folder, name):
    """Return a new folder inside a folder."""
    (folder / name).mkdir()
    return folder / name


if __name__ == "__main__":
    sys.exit(main())
