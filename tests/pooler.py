"""PgBouncer in transaction mode, between the program and a PostgreSQL: each transaction of a connection may be on another one.

As a program it says where PgBouncer is; with --install it gets it where it is missing.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import debian
from served import free_port
from sqlalchemy.engine import make_url

ADVICE = """No PgBouncer for the tests. Install it, then run the tests again:
  sudo apt install pgbouncer
or leave the tests with a pooler out:  CHATAPP_NO_POOLER=1 ./dev test"""
PLACES = (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin")
SETTINGS = """
[databases]
* = host={host} port={server_port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
server_round_robin = 1
default_pool_size = 10
max_client_conn = 500
logfile = {folder}/log
"""
STARTS_WITHIN_SECONDS = 10


def find_pooler():
    """Return the path of PgBouncer, or None."""
    return shutil.which("pgbouncer", path=os.pathsep.join(PLACES))


@contextlib.contextmanager
def pooled(url):
    """Run a pooler in front of the server of a database. Yields the database's URL by way of it."""
    at = make_url(url)
    folder = Path(tempfile.mkdtemp(prefix="chatpool", dir="/tmp"))
    port = free_port()
    (folder / "users").write_text(f'"{at.username}" ""\n')
    (folder / "settings").write_text(SETTINGS.format(host=at.host, server_port=at.port, port=port, folder=folder))
    account = {}
    if os.geteuid() == 0:  # it refuses to run as root
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        shutil.chown(folder, "nobody")
    process = subprocess.Popen([find_pooler(), "-q", folder / "settings"], stderr=subprocess.DEVNULL, cwd="/", **account)
    try:
        _wait_until_ready(process, port, folder / "log")
        yield at.set(port=port).render_as_string(hide_password=False)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(process, port, log):
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.02)
    raise RuntimeError("the pooler did not start:\n" + (log.read_text() if log.exists() else ""))


def main(arguments):
    """Print the path of PgBouncer, or say what to type."""
    if "--install" in arguments and not find_pooler():
        debian.install("pgbouncer", "the tests with a pooler")
    print(f"Pooler for the tests: {find_pooler() or sys.exit(ADVICE)}")


if __name__ == "__main__":
    main(sys.argv[1:])
