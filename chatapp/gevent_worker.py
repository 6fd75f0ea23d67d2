"""gunicorn's gevent worker, made ready for PostgreSQL and quick to stop."""

import contextlib
import socket

from gunicorn.workers.ggevent import GeventWorker

from .greenlets import patch_drivers


class Worker(GeventWorker):
    """A worker that knows its connections. gunicorn's own, when it stops, waits for idle browsers until the grace ends."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._connections = set()

    def patch(self):
        """Make the process cooperative, its database driver too. gunicorn calls this before it loads the application."""
        super().patch()
        patch_drivers()

    def handle(self, listener, client, addr):
        """Serve one connection for as long as it lasts."""
        self._connections.add(client)
        try:
            super().handle(listener, client, addr)
        finally:
            self._connections.discard(client)

    def hang_up(self):
        """Let every connection end with the answer that is under way, idle ones now."""
        for client in list(self._connections):
            with contextlib.suppress(OSError):  # the other side was faster
                client.shutdown(socket.SHUT_RD)
