"""Commands of the shell as processes of their own, and what may befall them."""

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from databases import SETTINGS

from chatapp.extensions import db

ROOT = Path(__file__).resolve().parents[1]


class Command:
    """A running ``flask NAME`` on a database. As a context it ends with the block, at the latest."""

    def __init__(self, name, database_url, instance):
        environment = {**os.environ, **SETTINGS, "DATABASE_URL": database_url, "INSTANCE": str(instance)}
        self._log = instance / f"{name}.{os.urandom(3).hex()}.log"
        with open(self._log, "wb") as file:
            command = [sys.executable, "-m", "flask", "--app", "wsgi", name]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def log(self):
        """Return what it has written so far."""
        return self._log.read_text(errors="replace")


def terminate_lease_backends(app):
    """End the lease's connections as an administrator of the database would; return how many there were."""
    with app.app_context(), db.engine.connect() as connection:
        found = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'chatapp lease'"
        return len(connection.execute(sa.text(found)).all())
