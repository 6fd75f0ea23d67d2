"""PostgreSQL's own programs: found, asked for their version, run with the password where nobody reads it."""

import contextlib
import re
import shutil
import subprocess
import tempfile

import psycopg2.extensions
import sqlalchemy as sa

from ..config import environment
from .files import BackupError

LOOK_SECONDS = 0.2
ADVICE = "Install the client programs of PostgreSQL (Debian: postgresql-client), or put their folder into PATH."


def find(name, least=0):
    """Return the path of a program whose major version is at least this. Raises BackupError."""
    path = shutil.which(name)
    if path is None:
        raise BackupError(f"The program {name} is not here. {ADVICE}")
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    major = int((re.search(r"\d+", version) or ["0"])[0])
    if major < least:
        raise BackupError(f"{path} is of version {major} and the server of version {least}: the program must not be the older one. {ADVICE}")
    return path


def connection(url):
    """Return (the argument that names a database to a program, the environment to run it in)."""
    given = sa.make_url(url).translate_connect_args(username="user", database="dbname") | dict(sa.make_url(url).query)
    password = given.pop("password", None)
    return f"--dbname={psycopg2.extensions.make_dsn(**given)}", environment(**({"PGPASSWORD": password} if password else {}))


def run(command, watch=lambda: None, **more):
    """Run a program to its end, calling ``watch`` meanwhile. Raises BackupError with its first words when it fails."""
    with started(command, stdout=subprocess.DEVNULL, **more) as process:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
            watch()


@contextlib.contextmanager
def started(command, **more):
    """Run a program beside the block; it ends with it. Raises BackupError with its first words when it fails."""
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=said, **more) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            said.seek(0)
            raise BackupError(_first(said.read().decode(errors="replace")) or f"{command[0]} failed.")


def _first(said):
    """Return the first complaint of a program, as it said it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    first = next((line for line in lines if "error:" in line), lines[0] if lines else "")
    return first and first.rstrip(".") + "."
