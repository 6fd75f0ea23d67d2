"""The checker and the run together: every planted bug of plants.py is caught, by an invariant that it hurts."""

import os
import time

import pytest
from databases import PostgreSQL
from launcher import restartable_cluster

from torture import history
from torture.checker import check
from torture.plants import PLANTS
from torture.run import Orders, run
from torture.truth import execute

FULL_SIZE = os.environ.get("CHATAPP_FULL_SIZE") == "1"
# In the test command those that need no faults to show, on one database each; all on both by ./dev prove plants.
CASES = [
    (name, kind)
    for name, plant in PLANTS.items()
    for kind in (plant.databases if FULL_SIZE else plant.databases[:1])
    if FULL_SIZE or not (plant.kinds or plant.restores)
]
SECONDS = 3 if FULL_SIZE else 2.5


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory):
    """A PostgreSQL that may be killed, and databases in it."""
    with restartable_cluster() as cluster:
        server = PostgreSQL(cluster.url, tmp_path_factory.mktemp("plants"))
        yield cluster, server
        server.close()


def caught(name, kind, url, cluster, folder, seconds):
    """Run with a planted bug. Returns ({invariant: how often it was hurt}, seconds). Nothing may break by the planting itself."""
    plant, begun = PLANTS[name], time.monotonic()
    if plant.statements:
        execute(url, *plant.statements)
    orders = Orders(
        kind,
        seconds=seconds,
        each=2,
        restores=plant.restores,
        people=plant.people,
        hooks=plant.hooks,
        kinds=plant.kinds,
        plant=name,
        restless=plant.restless,
        replay_share=plant.replay_share,
        workers=plant.workers,
        drains_within=4,
    )
    found = {}
    for anomaly in check(history.read(run(orders, folder, url, cluster, say=lambda line: None))):
        found[anomaly.invariant] = found.get(anomaly.invariant, 0) + 1
    log = (folder / "server.log").read_text()
    assert "TypeError" not in log and "AttributeError" not in log and "NameError" not in log, log[-2000:]
    return found, time.monotonic() - begun


@pytest.mark.parametrize(("name", "kind"), CASES, ids=["-".join(case) for case in CASES])
def test_a_planted_bug_is_caught(name, kind, request, instance, capsys):
    taken = 0
    for seconds in (SECONDS, 4 * SECONDS):  # on a machine that has other work too, little happens in the first one
        folder = instance / str(seconds)
        folder.mkdir()
        if kind == "sqlite":
            with request.getfixturevalue("sqlite").fresh(folder) as url:
                found, took = caught(name, kind, url, None, folder, seconds)
        else:
            cluster, server = request.getfixturevalue("own_cluster")
            with server.fresh(folder) as url:
                found, took = caught(name, kind, url, cluster, folder, seconds)
        taken += took
        if found.keys() & set(PLANTS[name].caught_by):
            break
    with capsys.disabled():
        print(f"\n{name:26} {kind:11} {taken:5.1f} s  {', '.join(f'{one} {count}' for one, count in found.items())}")
    assert found.keys() & set(PLANTS[name].caught_by), f"{PLANTS[name].what}\nfound only: {found}"
