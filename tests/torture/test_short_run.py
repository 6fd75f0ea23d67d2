"""The delivery contract under faults: a seeded run of real workers and many clients, judged by the checker."""

import shutil
import tempfile

import pytest
from databases import PostgreSQL
from launcher import restartable_cluster

from torture import history
from torture.checker import check
from torture.run import HOOK_KINDS, Orders, run

SENDS, FAULTS = 20_000, 20
HOSTS_AND_POOLER = ["kill_worker", "kill_server", "cut_connections", "answers", "terminate_backends"]
OFTEN = {"kill_worker": 5, "cut_connections": 6, "answers": 4}  # what costs little time comes more than once


@pytest.fixture
def ground(request, instance, tmp_path, sqlite):
    """(kind, database URL, cluster): a database of the run's own, for its server is killed too."""
    if request.param == "sqlite":
        with sqlite.fresh(instance) as url:
            yield request.param, url, None
    else:
        with restartable_cluster() as cluster:
            server = PostgreSQL(cluster.url, tmp_path)
            with server.fresh(instance) as url:
                yield request.param, url, cluster
            server.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("ground", ["sqlite", "postgresql"], indirect=True)
def test_under_faults_nothing_is_lost_doubled_or_reordered(ground, instance, capsys):
    kind, url, cluster = ground
    orders = Orders(kind, seed=20, seconds=30, sends=SENDS, often=OFTEN, people=10)
    path = run(orders, instance, url, cluster, say=lambda line: None)
    lines = list(history.read(path))
    anomalies = check(lines)
    acknowledged = sum(line["f"] == "send" and line["outcome"] == "ok" for line in lines)
    injected = sum(line["f"] == "fault" and line["did"] and line["kind"] not in HOOK_KINDS for line in lines)
    equal = [line["equal"] for line in lines if line["f"] == "replay"]
    with capsys.disabled():
        print(f"\n{kind}: {acknowledged:,} sends acknowledged, {injected} faults, {len(equal)} states read anew, {len(anomalies)} anomalies")
    assert anomalies == [] or kept(path, anomalies)
    assert acknowledged >= SENDS and injected >= FAULTS and all(equal) and len(equal) >= 10


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ground", ["postgresql"], indirect=True)
def test_on_several_hosts_behind_a_pooler_clients_see_one_order(ground, instance, pooler, capsys):
    kind, url, cluster = ground
    with pooler(url) as pooled_url:
        orders = Orders(kind, seed=7, seconds=10, sends=1_000, kinds=HOSTS_AND_POOLER, restores=0, people=6, hosts=2, pooled_url=pooled_url)
        path = run(orders, instance, url, cluster, say=lambda line: None)
    lines = list(history.read(path))
    anomalies = check(lines)
    acknowledged = sum(line["f"] == "send" and line["outcome"] == "ok" for line in lines)
    with capsys.disabled():
        print(f"\ntwo hosts behind a pooler: {acknowledged:,} sends acknowledged, {len(anomalies)} anomalies")
    assert anomalies == [] or kept(path, anomalies)
    assert acknowledged >= orders.sends


def kept(path, anomalies):
    """Say where the history of a failed run is, and what is wrong."""
    copy = shutil.copy(path, tempfile.mkstemp(prefix="history", suffix=".jsonl")[1])
    pytest.fail(f"{len(anomalies)} anomalies; history: {copy}\n" + "\n".join(f"{one.invariant}: {one.what}" for one in anomalies[:10]))
