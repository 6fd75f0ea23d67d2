"""PgBouncer in transaction mode, between the program and a PostgreSQL: each transaction of a connection may be on another one."""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from programs import PROGRAMS, become_nobody
from served import free_port, wait_for_port
from sqlalchemy.engine import make_url

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


@contextlib.contextmanager
def pooled(url):
    """Run a pooler in front of the server of a database. Yields the database's URL by way of it."""
    at, port = make_url(url), free_port()
    folder = Path(tempfile.mkdtemp(prefix="chatpool", dir="/tmp"))
    (folder / "users").write_text(f'"{at.username}" ""\n')
    (folder / "settings").write_text(SETTINGS.format(host=at.host, server_port=at.port, port=port, folder=folder))
    command = [PROGRAMS["pooler"].find(), "-q", folder / "settings"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **become_nobody(folder))
    try:
        wait_for_port(process, port, folder / "log")
        yield at.set(port=port).render_as_string(hide_password=False)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
