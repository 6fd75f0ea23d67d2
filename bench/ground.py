"""What every row stands on: a database, filled, and a server on it with the bare route beside the product."""

import tempfile
from pathlib import Path

from databases import SETTINGS, PostgreSQL, SQLite
from launcher import cluster
from served import served

DURABLE = {"fsync": "on"}


class Ground:
    """Of one kind of database, for as long as the stack is open."""

    def __init__(self, kind, stack):
        self.kind, self._stack = kind, stack

    def serve(self, fill):
        """Return (server, what ``fill(url, instance folder)`` returned) on a new database."""
        servers, filled = self.serve_several(fill, 1)
        return servers[0], filled

    def serve_several(self, fill, count, **more):
        """Return ([so many servers], what ``fill(url, instance folder)`` returned) on one new database. ``more`` are settings."""
        folder = Path(tempfile.mkdtemp(prefix="chat", dir="/tmp"))  # short: a socket's path has room for 107 bytes
        instance = folder / "instance"
        instance.mkdir()
        url = self._stack.enter_context(self._databases(folder).fresh(instance))
        filled = fill(url, instance)
        settings = {**SETTINGS, "FEED": "auto", "DATABASE_URL": url, "INSTANCE": str(instance), **more}
        logs = [folder / f"server{number}.log" for number in range(count)]
        return [self._stack.enter_context(served(settings, log, app="bench.bare:app")) for log in logs], filled

    def _databases(self, folder):
        if self.kind == "sqlite":
            return SQLite(folder)
        return PostgreSQL(self._stack.enter_context(cluster(DURABLE)), folder)
