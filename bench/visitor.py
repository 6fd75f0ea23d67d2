"""One keep-alive connection of one person, whose answers are noted at the instant at which they come."""

import json
import time

from .load import connect, http, whole


class Visitor:
    """Asks, and takes the answer later. ``token`` says as whom, and may change."""

    def __init__(self, port, token):
        self._socket, self.token = connect(port), token

    def ask(self, method, path, body=None):
        """Send a request."""
        self._socket.sendall(http(method, path, self.token, None if body is None else json.dumps(body).encode()))

    def answer(self, status):
        """Return (when it was complete, by time.perf_counter; the answer). Raises RuntimeError for another status."""
        received = b""
        while (found := whole(received)) is None:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionResetError("the server hung up")
            received += part
        at, (got, body) = time.perf_counter(), found
        if got != status:
            raise RuntimeError(f"{got}: {body[:400].decode()}")
        return at, json.loads(body)

    def close(self):
        """Hang up."""
        self._socket.close()
