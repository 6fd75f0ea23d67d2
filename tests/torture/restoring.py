"""The fault that takes the log itself back: an older backup is restored while clients hold cursors of the newer one."""

import os
import subprocess
import sys
import time

from served import ROOT

from .faults import FAULTS
from .history import now
from .truth import execute, write_truth

OLDER_SECONDS = (1, 3)
OVERTAKES_WITHIN = 15
NEWEST = "SELECT coalesce(max(position), 0) FROM events"


def prepare(ground, stage, settings, folder, plant=None):
    """Let ``inject("restore", ground)`` work for this run. ``plant``: the bug that is planted, if any."""
    FAULTS["restore"] = lambda _: _restore(ground, stage, settings, folder, plant)


def _restore(ground, stage, settings, folder, plant):
    file = folder / f"backup{stage.generation}"
    backup_started = now()
    _flask(settings, "backup", str(file))
    backup_ended = now()
    time.sleep(ground.seconds(*OLDER_SECONDS))
    stage.park()
    write_truth(stage, ground.database_url)
    ground.server.stop() if ground.random.random() < 0.5 else ground.server.kill()
    epoch, newest = execute(ground.database_url, "SELECT epoch FROM server"), execute(ground.database_url, NEWEST)
    asleep = plant is not None or ground.random.random() < 0.5
    _flask(settings, "restore", str(file))
    if plant == "epoch_kept":
        execute(ground.database_url, f"UPDATE server SET epoch = {epoch}")
    stage.generation += 1
    ground.server.restart()
    stage.go_on("writer")
    if asleep:  # readers whose laptops are closed: when they wake, the new log has grown past their cursors
        until = time.monotonic() + OVERTAKES_WITHIN
        while execute(ground.database_url, NEWEST) <= newest and time.monotonic() < until:
            time.sleep(0.05)
    stage.go_on()
    return {"did": True, "generation": stage.generation, "backup_started": backup_started, "backup_ended": backup_ended}


def _flask(settings, *arguments):
    done = subprocess.run([sys.executable, "-m", "flask", *arguments], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"flask {arguments[0]}: {done.stdout}{done.stderr}")
