"""A real server on loopback: gunicorn with the program's own settings, as ./dev run starts it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
STARTS_WITHIN_SECONDS = 30


class Server:
    """One running gunicorn. ``url`` is where it listens."""

    def __init__(self, settings, log):
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._environment = {**os.environ, **settings, "BIND": "127.0.0.1", "PORT": str(self.port), "PYTHONWARNINGS": "error::DeprecationWarning"}
        self.process = self._start()

    def restart(self):
        """Start it again on its port, after kill() or stop(); return when it answers."""
        self.process = self._start()
        self.wait_until_ready()

    def stop(self):
        """Ask the server to stop, as an init system does; return how many seconds it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - started

    def kill(self):
        """End it whatever it does. The master goes first: it would replace its workers."""
        workers = self.workers()
        self.process.kill()
        self.process.wait()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def log(self):
        """Return what the server has written so far."""
        return Path(self._log).read_text(errors="replace")

    def wait_until_ready(self):
        """Return when it answers. Raises RuntimeError, with its log, when it does not."""
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError), urlopen(self.url + "/healthz", timeout=5):
                return
            time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + self.log())

    def _start(self):
        command = [sys.executable, "-m", "gunicorn", "-c", "python:chatapp.server", "wsgi:app"]
        with open(self._log, "ab") as file:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=file, stderr=file)

    def workers(self):
        """Return the process ids of its workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()] if path.exists() else []


@contextlib.contextmanager
def served(settings, log):
    """Serve for the length of the block. ``settings`` are environment variables, ``log`` the file for what it says."""
    server = Server(settings, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
