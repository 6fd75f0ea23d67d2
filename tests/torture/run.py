"""A torture run: real workers, many clients, faults by a plan, and the history of it all."""

import contextlib
import threading
import time
from dataclasses import dataclass
from random import Random

from databases import SETTINGS
from served import served

from . import hooks, restoring, world
from .faults import Ground, kinds_for
from .history import Recorder, now
from .plan import Plan
from .proxy import Proxy
from .reader import Reader
from .stage import Stage
from .truth import write_finals, write_truth
from .writer import Writer

HOOKS = {
    "HOOK_COMMIT_DELAY": "0.05",
    "HOOK_COMMIT_SHARE": "0.02",
    "HOOK_CLOCK_STEPS": "6",
    "HOOK_TAIL_LAG": "1.5",
    "HOOK_TAIL_SHARE": "0.02",
    "HOOK_DIE_AT": "after_insert:0.0005,after_commit:0.0005,held_poll:0.0005",
    "HOOK_DIE_AFTER": "8",
}
HOOK_KINDS = ("commit_delay", "clock_step", "tail_lag")  # deaths are left to luck
UNDISTURBED_SECONDS = 2
LAST_SENDS_WITHIN, LEAST_RATE = 600, 100  # seconds after the faults, or what so many sends a second take


@dataclass
class Orders:
    """What a run shall be: ``seconds`` of faults, each kind ``each`` times (or as ``often`` says) and ``restores`` older backups; it goes on
    until ``sends`` are acknowledged. ``hooks`` and ``kinds`` (None: all that make sense) say what is broken; ``plant`` names a
    planted bug. ``hosts`` servers on ports of their own share the database; the faults are those of the first. ``pooled_url``:
    the database by way of a pooler."""

    database: str
    seed: int = 1
    seconds: float = 60
    sends: int = 0
    each: int = 1
    often: dict | None = None
    restores: int = 1
    people: int = 10
    workers: int = 2
    hooks: dict | None = None
    kinds: list | None = None
    restless: float = 0.01
    replay_share: float = 0.016
    drains_within: float = 15
    plant: str | None = None
    hosts: int = 1
    pooled_url: str | None = None


def run(orders, folder, database_url, cluster=None, say=print):
    """Carry out a run in a folder, on a migrated, empty database. Returns the path of its history."""
    path = folder / "history.jsonl"
    recorder, log = Recorder(path), str(folder / "hooks")
    peopled = world.build(database_url, folder, orders.people)
    given = HOOKS if orders.hooks is None else orders.hooks
    urls = {"DATABASE_URL": orders.pooled_url or database_url, "DATABASE_URL_DIRECT": database_url}
    settings = {**SETTINGS, **urls, "FEED": "auto", "INSTANCE": str(folder), "WEB_CONCURRENCY": str(orders.workers)}
    with contextlib.ExitStack() as stack:
        environment = {**settings, **given, "HOOK_LOG": log, "PYTHONPATH": "tests", "PLANT": orders.plant or ""}
        server = stack.enter_context(served(environment, folder / "server.log", app="torture.hooked:app"))
        others = [stack.enter_context(_host(environment, folder / f"host{number}")).port for number in range(1, orders.hosts)]
        proxy = Proxy(server.port, orders.seed, others=others)
        stack.callback(proxy.close)
        stage = Stage(recorder, SETTINGS["SECRET_KEY"], peopled, proxy.port)
        ground = Ground(server, database_url, [proxy], cluster, Random(orders.seed))
        plan = _plan(orders, ground, stage, settings, folder)
        planned = {**plan.planned, **dict.fromkeys(HOOK_KINDS if orders.hooks is None else (), 1)}
        recorder.write("run", seed=orders.seed, database=orders.database, workers=orders.workers, planned=planned)
        try:
            _act(orders, stage, ground, plan, log, say)
            write_finals(stage, server.port)
            write_truth(stage, database_url)
        finally:
            recorder.close()
    return path


def _host(environment, folder):
    """Return a further server, with an instance folder of its own."""
    folder.mkdir()
    return served({**environment, "INSTANCE": str(folder)}, folder / "server.log", app="torture.hooked:app")


def _plan(orders, ground, stage, settings, folder):
    kinds = kinds_for(ground) if orders.kinds is None else list(orders.kinds)
    minimum = {kind: (orders.often or {}).get(kind, orders.each) for kind in kinds}
    if orders.restores:
        minimum["restore"] = orders.restores
        restoring.prepare(ground, stage, settings, folder, plant=orders.plant)
    return Plan(orders.seed, list(minimum), minimum, orders.seconds)


def _act(orders, stage, ground, plan, log, say):
    """The clients' play: undisturbed, under faults, healed, and to its end."""
    writers = [Writer(stage, person, number, orders.seed, orders.restless) for number, person in enumerate(stage.world.people)]
    readers = [Reader(stage, person, number, orders.seed, orders.replay_share) for number, person in enumerate(stage.world.people)]
    begun = now()
    for client in (*writers, *readers):
        client.start()
    stopped = threading.Event()
    teller = threading.Thread(target=_tell, args=(writers, stage, say, stopped), daemon=True)
    teller.start()
    try:
        time.sleep(min(UNDISTURBED_SECONDS, orders.seconds / 10))
        plan.carry_out(ground, lambda **fields: stage.recorder.write("fault", **fields), stopped)
        time.sleep(max(0, begun + orders.seconds - now()))
        _until_sent(writers, stage, orders.sends)
        _heal(ground, stage, log, begun)
        time.sleep(min(UNDISTURBED_SECONDS, orders.seconds / 5))
        stage.writing = False
        for client in writers:
            client.join()
        stage.drains_until, stage.draining = now() + orders.drains_within, True
        for client in readers:
            client.join()
    finally:
        stopped.set()
    stage.recorder.write("quiet", at=now())
    if stage.broken:
        raise RuntimeError("a client broke") from stage.broken[0]


def _until_sent(writers, stage, sends):
    until = time.monotonic() + max(LAST_SENDS_WITHIN, sends / LEAST_RATE)
    while sum(one.acknowledged for one in writers) < sends and not stage.broken:
        if time.monotonic() > until:
            raise RuntimeError(f"fewer than {sends} messages were acknowledged in time")
        time.sleep(0.2)


def _heal(ground, stage, log, begun):
    hooks.calm(log)
    for proxy in ground.proxies:
        proxy.calm()
    ground.server.wait_until_ready()
    for line in hooks.lines(log):
        if line["at"] >= begun:
            stage.recorder.write("fault", kind=line["kind"], started=line["at"], ended=line["at"], did=True)
    stage.recorder.write("healed", at=now())


def _tell(writers, stage, say, stopped):
    while not stopped.wait(10):
        counts = stage.recorder.counts
        faults = sum(count for (f, _), count in list(counts.items()) if f == "fault")
        say(f"  {sum(one.acknowledged for one in writers)} sends acknowledged, {faults} faults, log {stage.generation}")
