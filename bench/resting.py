"""What the embedded default takes when nobody uses it: seconds to its first answer, and memory."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from served import ROOT, children, free_port
from torture import world

from .deliveries import MIB, memory_of

REST_SECONDS = 3
STARTS_WITHIN_SECONDS = 60
ENDS_WITHIN_SECONDS = 20


def measure(ground, given):
    """Start ``./dev run`` so many times, before that once with nothing there, and print what it took."""
    if ground.kind != "sqlite":
        print("  the embedded default is SQLite")
        return
    with tempfile.TemporaryDirectory(prefix="chat") as instance:
        for number in range(given.rounds + 1):
            seconds, taken = _once(instance)
            kind = "with people" if number else "with nothing there"
            if not number:
                world.build(f"sqlite:///{instance}/chatapp.db", instance, world.LEAST_PEOPLE)
            print(f"  start {kind}: {seconds:.2f} s to the first answer; at rest {taken / MIB:.1f} MiB (PSS of master and one worker)", flush=True)


def _once(instance):
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"INSTANCE": instance, "WEB_CONCURRENCY": "1", "PORT": str(port), "BIND": "127.0.0.1"}
    begun = time.perf_counter()
    with open(Path(instance) / "log", "ab") as log:
        process = subprocess.Popen([sys.executable, ROOT / "dev", "run"], env=environment, stdout=log, stderr=log)
    try:
        seconds = _answers(port) - begun
        time.sleep(REST_SECONDS)
        return seconds, memory_of([process.pid, *_below(process.pid)])
    finally:
        process.terminate()
        process.wait(ENDS_WITHIN_SECONDS)


def _answers(port):
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return time.perf_counter()
        time.sleep(0.01)
    raise TimeoutError("the server did not start")


def _below(pid):
    return [one for child in children(pid) for one in (child, *_below(child))]
