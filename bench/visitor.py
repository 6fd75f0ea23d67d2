"""One keep-alive connection of one person, whose answers are noted at the instant at which they come."""

import json
import time

from .load import LENGTH, connect, http


class Visitor:
    """Asks, and takes the answer later."""

    def __init__(self, port, token):
        self._socket, self._token = connect(port), token

    def ask(self, method, path, body=None):
        """Send a request."""
        self._socket.sendall(http(method, path, self._token, None if body is None else json.dumps(body).encode()))

    def answer(self, status):
        """Return (when it was complete, by time.perf_counter; the answer). Raises RuntimeError for another status."""
        received = b""
        while not (whole := _whole(received)):
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionResetError("the server hung up")
            received += part
        if int(received[9:12]) != status:
            raise RuntimeError(received[:400].decode())
        return time.perf_counter(), json.loads(whole)

    def close(self):
        """Hang up."""
        self._socket.close()


def _whole(received):
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    body = received[end + 4 :]
    return body if len(body) == int(LENGTH.search(received, 0, end)[1]) else None
