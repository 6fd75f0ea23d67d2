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
ENDS_WITHIN_SECONDS = 10


class Server:
    """One running gunicorn. ``url`` is where it listens, ``app`` what it serves: the product, or a WSGI entry of tests/."""

    def __init__(self, settings, log, app="wsgi:app"):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log, self._app = log, app
        self._environment = {**os.environ, **settings, "BIND": "127.0.0.1", "PORT": str(self.port), "PYTHONWARNINGS": "error::DeprecationWarning"}
        if app != "wsgi:app":
            self._environment["PYTHONPATH"] = str(ROOT / "tests")
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
        """End it whatever it does. The master goes first: it would replace its workers. Returns the workers' process ids."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGSTOP)  # it starts no more workers while they are looked up
        workers = self.workers()
        self.process.kill()
        self.process.wait()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + ENDS_WITHIN_SECONDS
        while any(runs(pid) for pid in workers) and time.monotonic() < until:
            time.sleep(0.01)  # as long as one of them listens, the port cannot be had again
        return workers

    def reload(self):
        """Tell it to replace its workers by new ones, each when it has answered what it was asked. Returns at once."""
        self.process.send_signal(signal.SIGHUP)

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
        command = [sys.executable, "-m", "gunicorn", "-c", "python:chatapp.server", self._app]
        with open(self._log, "ab") as file:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=file, stderr=file)

    def cpu(self):
        """Return the seconds of processor time that its workers have used."""
        ticks = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in self.workers())
        return sum(int(one) for each in ticks for one in each) / os.sysconf("SC_CLK_TCK")

    def workers(self):
        """Return the process ids of its workers that run or are stopped, oldest first."""
        return [pid for pid in children(self.process.pid) if runs(pid)]


@contextlib.contextmanager
def served(settings, log, app="wsgi:app"):
    """Serve for the length of the block. ``settings`` are environment variables, ``log`` the file for what it says."""
    server = Server(settings, log, app)
    try:
        server.wait_until_ready()
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def children(pid):
    """Return the process ids of a process's children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def state(pid):
    """Return how a process is: the letter of /proc ("R" and "S" live, "T" stopped, "Z" dead), None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def runs(pid):
    """Tell whether a process lives, stopped or not."""
    return state(pid) not in (None, "Z", "X")


def wait_for_port(process, port, log):
    """Return when a process that was started listens on a port. Raises RuntimeError, with its log, when it does not."""
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args[0]} did not start:\n" + (log.read_text() if log.exists() else ""))


def free_port():
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
