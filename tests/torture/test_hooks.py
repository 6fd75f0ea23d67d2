"""The hooks really do to the product what they say, note it, and stop when they are told to."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime

import pytest
from cast import Cast
from databases import SETTINGS, close
from served import ROOT, served
from towns import Town

from chatapp import create_app
from torture import hooks

WORKERS = 2
SENDS = 30
EVERYTHING = {
    "HOOK_COMMIT_DELAY": "0.05",
    "HOOK_COMMIT_SHARE": "1",
    "HOOK_CLOCK_STEPS": "6",
    "HOOK_CLOCK_SECONDS": "1",
    "HOOK_TAIL_LAG": "0.3",
    "HOOK_TAIL_SHARE": "1",
    "HOOK_DIE_AT": "held_poll:1",
    "HOOK_DIE_AFTER": "0",
}


@pytest.fixture
def log(tmp_path):
    return str(tmp_path / "hooks")


@pytest.fixture
def town(sqlite, instance, log):
    """A server of two workers, with every hook in it that leaves it alive, but for held polls."""
    with sqlite.fresh(instance) as url:
        settings = {**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)}
        app = create_app(settings)
        cast = Cast(app)
        close(app)
        hooked = {"FEED": "auto", "WEB_CONCURRENCY": str(WORKERS), "HOOK_LOG": log, **EVERYTHING}
        with served({**settings, **hooked}, instance / "server.log", app="torture.hooked:app") as server:
            yield Town(server, cast, url)


def until(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def of(log, kind):
    return [line for line in hooks.lines(log) if line["kind"] == kind]


def test_hooks_delay_step_lag_and_kill_in_a_real_server_until_they_are_calmed(town, log):
    workers = set(town.server.workers())
    until(lambda: {line["pid"] for line in of(log, "clock_step")} == workers)
    deeds_wait_and_the_clock_jumps(town, log, workers)
    the_tail_of_one_worker_lags(log, workers)
    a_held_poll_ends_with_its_worker(town, log, workers)
    calm_hooks_do_nothing(town, log)


def deeds_wait_and_the_clock_jumps(town, log, workers):
    before = time.monotonic()
    sent = []
    for number in range(SENDS):
        status, _, body, _ = town.say(town.cast.ana, f"line {number}")
        assert status == 201, body
        sent.append(json.loads(body)["message"])
    assert [one["number"] for one in sent] == list(range(1, SENDS + 1))
    delays = of(log, "commit_delay")
    assert len(delays) == SENDS
    assert all(0 <= line["seconds"] <= 0.05 and before <= line["at"] <= time.monotonic() for line in delays)
    assert {line["pid"] for line in delays} <= workers
    times = [datetime.fromisoformat(one["created_at"]).timestamp() for one in sent]
    assert max(times) - min(times) > 60, "the clock did not jump"
    assert len({line["seconds"] for line in of(log, "clock_step")}) >= WORKERS


def the_tail_of_one_worker_lags(log, workers):
    until(lambda: of(log, "tail_lag"))
    assert len({line["pid"] for line in of(log, "tail_lag")} & workers) == 1
    assert max(line["seconds"] for line in of(log, "tail_lag")) <= 0.3


def a_held_poll_ends_with_its_worker(town, log, workers):
    hooks.calm(log)
    cursor = town.cursor(town.cast.ben)
    hooks.rouse(log)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        town.ask(town.cast.ben, "GET", f"/api/updates?since={cursor}&wait=5")
    (death,) = of(log, "held_poll")
    assert death["pid"] in workers
    until(lambda: len(town.server.workers()) == WORKERS and death["pid"] not in town.server.workers())


def calm_hooks_do_nothing(town, log):
    hooks.calm(log)
    until(lambda: knows_the_time(town))
    counts = hooks.counts(log)
    cursor = town.cursor(town.cast.ben)
    status, _, body, _ = town.ask(town.cast.ben, "GET", f"/api/updates?since={cursor}&wait=1")
    assert (status, json.loads(body)["events"]) == (200, [])
    for number in range(5):
        assert town.say(town.cast.ana, f"calm {number}")[0] == 201
    assert hooks.counts(log) == counts
    hooks.rouse(log)
    assert town.say(town.cast.ana, "roused")[0] == 201
    assert hooks.counts(log)["commit_delay"] == counts["commit_delay"] + 1


def knows_the_time(town):
    """Tell whether several messages in a row carry the right time: the clocks of the workers are right again."""
    for _ in range(4):
        with contextlib.suppress(ConnectionError, http.client.HTTPException):
            message = json.loads(town.say(town.cast.ana, "what time is it?")[2])["message"]
            if abs(datetime.fromisoformat(message["created_at"]).timestamp() - time.time()) > 30:
                return False
    return True


def test_a_clock_that_is_calmed_goes_right_at_once(log):
    clock = hooks._SteppedClock(hooks._Hooks({"HOOK_LOG": log}), hours=6, every=2)
    assert clock.offset() == 0
    until(clock.offset)
    hooks.calm(log)
    time.sleep(2 * hooks.CALM_LOOK_SECONDS)
    assert clock.offset() == 0
    assert len(hooks.lines(log)) == 1


# The parent imports the costly part once; each child hooks itself, does the deed and should not live to tell it.
CHILDREN = """
import os, sys
import chatapp.application
for number, point in enumerate(sys.argv[3:]):
    child = os.fork()
    if not child:
        os.environ["HOOK_DIE_AT"] = point
        from torture.hooked import app
        body = {"client_id": "0190f3a4-1111-7000-8000-%012d" % number, "content": "with " + point}
        app.test_client().post(sys.argv[1], json=body, headers={"Authorization": "Bearer " + sys.argv[2]})
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def children(app, person, path, log, *points, **more):
    """Return how processes end that do one deed each, as exit codes; below zero by a signal."""
    settings = {name: app.config[name] for name in SETTINGS} | {name: app.config[name] for name in ("DATABASE_URL", "INSTANCE")}
    environment = {**os.environ, **settings, "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}", "HOOK_LOG": log, "HOOK_DIE_AFTER": "0", **more}
    command = [sys.executable, "-c", CHILDREN, path, person.token, *points]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [int(code) for code in done.stdout.split()]


def test_a_worker_dies_before_or_after_its_commit_as_it_is_told_and_else_not_at_all(cast, log):
    path, points = f"/api/groups/{cast.den}/messages", ("after_insert:1", "after_commit:1", "after_commit:0", "")
    assert children(cast.app, cast.ana, path, log, *points) == [-signal.SIGKILL, -signal.SIGKILL, 0, 0]
    assert hooks.counts(log) == {"after_insert": 1, "after_commit": 1}
    assert [one["content"] for one in cast.ana.get(path)["messages"]] == ["with after_commit:1", "with after_commit:0", "with "]


def test_a_point_that_nobody_knows_is_refused(log):
    with pytest.raises(ValueError, match="before_breakfast"):
        hooks.install({"HOOK_LOG": log, "HOOK_DIE_AT": "before_breakfast:1"})


def test_lines_of_many_processes_stay_whole(log):
    notes = "import os; from torture.hooks import _Hooks; hooks = _Hooks(os.environ); [hooks.note('x', text='y' * 300) for _ in range(500)]"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "HOOK_LOG": log}
    running = [subprocess.Popen([sys.executable, "-c", notes], env=environment) for _ in range(3)]
    assert [one.wait(30) for one in running] == [0, 0, 0]
    assert hooks.counts(log) == {"x": 1500}
