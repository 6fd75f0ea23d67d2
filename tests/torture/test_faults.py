"""Every fault of the torture run really happens, and says that it did not where there was nothing to break."""

import contextlib
import dataclasses
import fcntl
import http.client
import os
import signal
import socket
import sqlite3
import tempfile
import threading
import time
from pathlib import Path
from random import Random

import psycopg2
import pytest
from databases import SETTINGS
from launcher import restartable_cluster
from served import runs, served, state

from torture import faults_database, faults_network, faults_server
from torture.faults import FAULTS, Ground, inject, kinds_for
from torture.plan import Plan
from torture.proxy import Proxy

WORKERS = 2
GOODBYE = "Shutting down: Master"


@pytest.fixture(scope="module")
def folder():
    """A folder with a short path, for sockets."""
    with tempfile.TemporaryDirectory(prefix="chat", dir="/tmp") as path:
        yield Path(path)


@pytest.fixture(scope="module")
def sqlite_url(sqlite, folder):
    with sqlite.fresh(folder) as url:
        yield url


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL of this file's own, which it may break."""
    with restartable_cluster() as running:
        yield running


@pytest.fixture(scope="module")
def running(sqlite_url, folder):
    """A server of two workers on SQLite, behind a proxy."""
    settings = {**SETTINGS, "FEED": "auto", "DATABASE_URL": sqlite_url, "INSTANCE": str(folder), "WEB_CONCURRENCY": str(WORKERS)}
    with served(settings, folder / "server.log") as server, Proxy(server.port, seed=1) as proxy:
        yield Ground(server, sqlite_url, [proxy])


@pytest.fixture
def ground(running, monkeypatch):
    """That server with all its workers, and faults that do not last long."""
    for module in (faults_server, faults_database):
        monkeypatch.setattr(module, "STOP_SECONDS", (0.5, 0.6))
    monkeypatch.setattr(faults_database, "LOCK_SECONDS", (0.5, 0.6))
    monkeypatch.setattr(faults_database, "AWAY_SECONDS", (0.1, 0.2))
    monkeypatch.setattr(faults_network, "WINDOW_SECONDS", (0.5, 0.6))
    running.random.seed(5)
    until(lambda: len(running.server.workers()) == WORKERS)
    is_well(running)
    return running


@pytest.fixture
def stored(cluster, ground):
    """A ground on PostgreSQL: nobody uses the database but the test."""
    return dataclasses.replace(ground, database_url=cluster.url, proxies=[], cluster=cluster, random=Random(2))


def until(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def healthz(port, timeout=10):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request("GET", "/healthz")
        with connection.getresponse() as answer:
            answer.read()
            return answer.status


def is_well(ground):
    """Fail unless the server answers soon."""

    def answers():
        with contextlib.suppress(OSError, http.client.HTTPException):
            return healthz(ground.server.port) == 200

    until(answers)


def really(kind, ground):
    """Inject a fault; return its line, which must say that it happened and when."""
    before = time.monotonic()
    line = inject(kind, ground)
    assert line["did"] is True, line
    assert line["kind"] == kind
    assert before <= line["started"] <= line["ended"] <= time.monotonic()
    return line


def test_a_killed_worker_is_gone_and_replaced(ground):
    before, master = ground.server.workers(), ground.server.process.pid
    line = really("kill_worker", ground)
    assert line["pid"] in before and not runs(line["pid"])
    assert line["back"] and len(ground.server.workers()) == WORKERS
    assert set(before) - {line["pid"]} < set(ground.server.workers())
    assert ground.server.process.pid == master
    is_well(ground)


@pytest.mark.parametrize("kind", ["kill_server", "restart_server"])
def test_a_server_that_ended_is_gone_with_its_workers_and_a_new_one_answers(ground, kind):
    before, goodbyes = {ground.server.process.pid, *ground.server.workers()}, ground.server.log().count(GOODBYE)
    line = really(kind, ground)
    assert {line["pid"], *line["workers"]} == before
    assert not any(runs(pid) for pid in before)
    assert healthz(ground.server.port) == 200
    assert ground.server.log().count(GOODBYE) - goodbyes == (kind == "restart_server")


def test_a_reloaded_server_has_other_workers_under_the_same_master(ground):
    before, master = ground.server.workers(), ground.server.process.pid
    assert really("reload_server", ground)["workers"] == before
    assert not set(before) & set(ground.server.workers())
    assert (ground.server.process.pid, len(ground.server.workers())) == (master, WORKERS)


def test_a_stopped_worker_stands_still_and_goes_on(ground):
    before, seen, stop = ground.server.workers(), set(), threading.Event()

    def watch():
        while not stop.wait(0.02):
            seen.update((pid, state(pid)) for pid in before)

    watching = threading.Thread(target=watch)
    watching.start()
    line = really("stop_worker", ground)
    stop.set()
    watching.join()
    assert {pid for pid, how in seen if how == "T"} == {line["pid"]}
    assert line["ended"] - line["started"] >= line["seconds"] >= 0.5
    assert ground.server.workers() == before
    until(lambda: "T" not in [state(pid) for pid in before], 2)


def test_a_stop_that_somebody_ends_early_does_not_count(ground):
    def wake():
        for _ in range(120):
            time.sleep(0.01)
            for pid in ground.server.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    waking = threading.Thread(target=wake)
    waking.start()
    assert inject("stop_worker", ground)["did"] is False
    waking.join()


def test_open_connections_are_cut(ground):
    door = ground.proxies[0]
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)) as kept:
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        assert really("cut_connections", ground)["cut"] == 1
        with pytest.raises(ConnectionError):
            kept.sock.recv(1)


def test_answers_are_lost_in_a_window_only(ground, monkeypatch):
    monkeypatch.setattr(faults_network, "RATES", dict.fromkeys(faults_network.RATES, 0) | {"drop_answer": 0.5})
    lost, stop = [], threading.Event()

    def talk():
        while not stop.is_set():
            try:
                healthz(ground.proxies[0].port)
            except (OSError, http.client.HTTPException):
                lost.append(time.monotonic())

    talking = threading.Thread(target=talk)
    talking.start()
    time.sleep(0.2)
    line = really("answers", ground)
    time.sleep(0.3)
    stop.set()
    talking.join()
    assert ground.proxies[0].counts["drop_answer"] == len(lost) > 0
    assert line["drop_answer"] in (len(lost), len(lost) - 1)  # one may have been under way at the end
    assert line["half_answer"] == line["refuse"] == 0
    assert all(line["started"] <= at <= line["ended"] + 0.1 for at in lost)


@pytest.mark.parametrize("in_line", [True, False])
def test_the_write_lock_of_sqlite_is_really_held(ground, in_line):
    seed = next(seed for seed in range(9) if (Random(seed).random() < 0.5) == in_line)
    path, refused, waited = ground.database_url.removeprefix("sqlite:///"), [], []

    def look():
        with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            time.sleep(0.25)
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                refused.append(str(error))
        with open(path + ".lock", "ab") as line:
            try:
                fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited.append(True)

    looking = threading.Thread(target=look)
    looking.start()
    line = really("lock_sqlite", dataclasses.replace(ground, random=Random(seed)))
    looking.join()
    assert (line["in_line"], refused, waited) == (in_line, ["database is locked"], [True] * in_line)
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()


def test_a_lock_that_cannot_be_had_does_not_count(ground, monkeypatch):
    monkeypatch.setattr(faults_database, "TAKES_LOCK_WITHIN_SECONDS", 0.2)
    with contextlib.closing(sqlite3.connect(ground.database_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert inject("lock_sqlite", ground)["did"] is False
        connection.rollback()


def connections(ground, count):
    """Return so many open connections to the database, each with its backend."""
    return [psycopg2.connect(ground.database_url) for _ in range(count)]


@pytest.fixture
def backends(stored):
    """Five connections that do nothing."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(one)) for one in connections(stored, 5)]


def alive(connection):
    try:
        connection.cursor().execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True


def test_postgresql_crashes_and_comes_back(stored, backends):
    before = stored.cluster.pid
    line = really("kill_postgresql", stored)
    assert line["pid"] == before != stored.cluster.pid
    assert not any(alive(connection) for connection in backends)
    with contextlib.closing(psycopg2.connect(stored.database_url)) as connection:
        assert alive(connection)


def test_backends_are_terminated(stored, backends):
    line = really("terminate_backends", stored)
    assert [alive(connection) for connection in backends].count(False) == line["backends"] > 0


def test_a_backend_that_works_stands_still_and_goes_on(stored, backends):
    busy, times = backends[2], []
    busy.cursor().execute("SELECT 1")  # in a transaction from now on: the others are idle
    working = busy.info.backend_pid
    backends[4].autocommit = True
    backends[4].cursor().execute("SELECT 1")  # came later, but has ended

    def work():
        time.sleep(0.3)
        started = time.monotonic()
        busy.cursor().execute("SELECT 1")
        times.append((started, time.monotonic()))

    seed = next(seed for seed in range(99) if Random(seed).random() < 0.7)
    thread = threading.Thread(target=work)
    thread.start()
    line = really("stop_backend", dataclasses.replace(stored, random=Random(seed)))
    thread.join()
    assert line["pid"] == working
    assert times[0][1] - times[0][0] > 0.1
    assert all(alive(connection) for connection in backends)


def test_a_postmaster_that_stands_still_takes_no_new_connections(stored, backends):
    refused = []

    def come():
        time.sleep(0.2)
        started = time.monotonic()
        psycopg2.connect(stored.database_url).close()
        refused.append(time.monotonic() - started)

    coming = threading.Thread(target=come)
    coming.start()
    assert really("stop_postmaster", stored)["pid"] == stored.cluster.pid
    coming.join()
    assert refused[0] > 0.1
    assert all(alive(connection) for connection in backends)


def test_where_there_is_nothing_to_break_nothing_counts(stored):
    empty = dataclasses.replace(stored, server=Absent())
    for kind in ("kill_worker", "stop_worker", "cut_connections", "answers", "terminate_backends", "stop_backend"):
        assert inject(kind, empty)["did"] is False, kind
    gone = dataclasses.replace(empty, database_url=f"postgresql://chat@127.0.0.1:{free_port()}/none")
    line = inject("terminate_backends", gone)
    assert line["did"] is False and "refused" in line["error"]


class Absent:
    """A server without workers."""

    def workers(self):
        return []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_each_ground_has_the_kinds_that_make_sense_on_it(ground, stored):
    assert set(kinds_for(ground)) | set(kinds_for(stored)) == set(FAULTS)
    assert set(FAULTS) - set(kinds_for(ground)) == {"terminate_backends", "stop_backend", "stop_postmaster", "kill_postgresql"}
    assert {"kill_postgresql", "lock_sqlite"} & set(kinds_for(dataclasses.replace(stored, cluster=None))) == set()


KINDS = ("kill_worker", "reload_server", "answers")


def test_a_plan_has_every_kind_as_often_as_asked_within_its_time():
    plan = Plan(11, KINDS, {"kill_worker": 3, "reload_server": 1, "answers": 5}, 100)
    whens, kinds = zip(*plan, strict=True)
    assert {kind: kinds.count(kind) for kind in KINDS} == plan.planned == {"kill_worker": 3, "reload_server": 1, "answers": 5}
    assert list(whens) == sorted(whens) and whens[0] > 0 and 80 < whens[-1] <= 90
    assert len(plan) == 9


def test_a_plan_is_decided_by_its_seed():
    assert list(Plan(1, KINDS, 9, 60)) == list(Plan(1, KINDS, 9, 60)) != list(Plan(2, KINDS, 9, 60))


def test_a_plan_leaves_times_of_peace():
    whens = [when for when, _ in Plan(4, KINDS, 20, 600)]
    gaps = sorted(later - earlier for earlier, later in zip(whens, whens[1:], strict=False))
    usual = gaps[len(gaps) // 2]
    assert sum(gap > 2 * usual for gap in gaps) >= len(gaps) // 10
    assert sum(gap < 2 * usual for gap in gaps) >= len(gaps) // 2


def test_a_plan_tries_again_what_could_not_be_injected_and_notes_everything(monkeypatch):
    tries, lines = [], []
    fates = {"kill_worker": iter([False, True, False, True]), "answers": iter([True, True])}
    monkeypatch.setattr("torture.plan.inject", lambda kind, _ground: tries.append(kind) or {"kind": kind, "did": next(fates[kind])})
    Plan(1, ("kill_worker", "answers"), 2, 0.1).carry_out(None, lambda **line: lines.append(line), threading.Event())
    assert sorted(tries) == ["answers"] * 2 + ["kill_worker"] * 4
    assert [(line["kind"], line["did"]) for line in lines].count(("kill_worker", True)) == 2
    assert len(lines) == 6


def test_a_plan_ends_when_it_is_told_to():
    stopped = threading.Event()
    stopped.set()
    Plan(1, KINDS, 2, 60).carry_out(None, None, stopped)


def test_a_plan_is_carried_out_on_a_real_server(ground):
    lines = []
    plan = Plan(3, ("stop_worker", "lock_sqlite"), 1, 0.5)
    plan.carry_out(ground, lambda **line: lines.append(line), threading.Event())
    assert sorted((line["kind"], line["did"]) for line in lines) == [("lock_sqlite", True), ("stop_worker", True)]
