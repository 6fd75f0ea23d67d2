"""What every row stands on: a database, filled, and a server on it with the bare route beside the product."""

import tempfile
from pathlib import Path

from databases import SETTINGS, PostgreSQL, SQLite, close
from launcher import cluster
from served import served

from chatapp import create_app

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
        url, instance = self._fresh()
        filled = fill(url, instance)
        settings = {**SETTINGS, "FEED": "auto", "DATABASE_URL": url, "INSTANCE": str(instance), **more}
        logs = [instance.parent / f"server{number}.log" for number in range(count)]
        return [self._stack.enter_context(served(settings, log, app="bench.bare:app")) for log in logs], filled

    def application(self, fill):
        """Return (an application of this process, what ``fill(url, instance folder)`` returned) on a new database."""
        url, instance = self._fresh()
        filled = fill(url, instance)
        return self._made(url, instance), filled

    def beside(self, fill, **more):
        """Return (an application of this process, a server on the same database, what ``fill`` returned) on a new database."""
        place = []

        def filled(url, instance):
            place.extend((url, instance))
            return fill(url, instance)

        servers, found = self.serve_several(filled, 1, **more)
        return self._made(*place), servers[0], found

    def _made(self, url, instance):
        app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)})
        self._stack.callback(close, app)
        return app

    def _fresh(self):
        folder = Path(tempfile.mkdtemp(prefix="chat", dir="/tmp"))  # short: a socket's path has room for 107 bytes
        instance = folder / "instance"
        instance.mkdir()
        return self._stack.enter_context(self._databases(folder).fresh(instance)), instance

    def _databases(self, folder):
        if self.kind == "sqlite":
            return SQLite(folder)
        return PostgreSQL(self._stack.enter_context(cluster(DURABLE)), folder)
