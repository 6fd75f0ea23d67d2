"""The fault that takes the log itself back: an older backup is restored while clients hold cursors of the newer one."""

import os
import subprocess
import sys
import time

from served import ROOT

from .faults import FAULTS
from .history import now
from .truth import execute, write_truth

OLDER_SECONDS = (1, 4)


def prepare(ground, stage, settings, folder, epoch_kept=False):
    """Let ``inject("restore", ground)`` work for this run. ``epoch_kept``: as it must not be."""
    FAULTS["restore"] = lambda _: _restore(ground, stage, settings, folder, epoch_kept)


def _restore(ground, stage, settings, folder, epoch_kept):
    file = folder / f"backup{stage.generation}"
    backup_started = now()
    _flask(settings, "backup", str(file))
    backup_ended = now()
    time.sleep(ground.seconds(*OLDER_SECONDS))
    stage.park()
    write_truth(stage, ground.database_url)
    ground.server.stop() if ground.random.random() < 0.5 else ground.server.kill()
    epoch = execute(ground.database_url, "SELECT epoch FROM server")
    _flask(settings, "restore", str(file))
    if epoch_kept:
        execute(ground.database_url, f"UPDATE server SET epoch = {epoch}")
    stage.generation += 1
    ground.server.restart()
    stage.go_on()
    return {"did": True, "generation": stage.generation, "backup_started": backup_started, "backup_ended": backup_ended}


def _flask(settings, *arguments):
    done = subprocess.run([sys.executable, "-m", "flask", *arguments], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"flask {arguments[0]}: {done.stdout}{done.stderr}")
