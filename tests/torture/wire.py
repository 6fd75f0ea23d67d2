"""One connection of a client: what it asks, and what is known afterwards."""

import http.client
import json
from typing import NamedTuple

from .history import now

ASKS_PER_CONNECTION = 3  # then another one: it may reach another worker
TIMEOUT = 12
BROKEN = (OSError, http.client.HTTPException, ValueError)


class Reply(NamedTuple):
    """What came back. ``status`` is None when nobody knows what the server did, ``body`` the parsed JSON or None."""

    status: int | None
    body: dict | None
    invoked: float
    done: float

    @property
    def fields(self):
        """The fields that every line of a client ends with."""
        outcome = "info"
        if self.status is not None and self.status < 500:
            outcome = "ok" if self.status < 300 else "fail"
        code = self.body.get("code") if self.body and outcome != "ok" else None
        return {"invoked": self.invoked, "done": self.done, "outcome": outcome, "http": self.status, "code": code}


class Wire:
    """A person's way to the server, by one port. Used by one thread."""

    def __init__(self, port, token):
        self._port, self._headers = port, {"Authorization": f"Bearer {token}"}
        self._connection, self._asks = None, 0

    def ask(self, method, path, body=None):
        """Return the Reply to one request."""
        invoked = now()
        try:
            answer = self._open(method, path, body)
            text = answer.read()
            return Reply(answer.status, json.loads(text) if text else None, invoked, now())
        except BROKEN:
            self.close()
            return Reply(None, None, invoked, now())

    def stream(self, path):
        """Yield a Reply for each line of an answer that has many, the last one unknown when the answer breaks."""
        invoked = now()
        try:
            answer = self._open("GET", path, None)
            while line := answer.readline():
                yield Reply(answer.status, json.loads(line), invoked, now())
                invoked = now()
        except BROKEN:
            self.close()
            yield Reply(None, None, invoked, now())

    def close(self):
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._asks = None, 0

    def _open(self, method, path, body):
        if self._asks >= ASKS_PER_CONNECTION:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        self._asks += 1
        headers, data = self._headers, None
        if body is not None:
            headers, data = {**headers, "Content-Type": "application/json"}, json.dumps(body).encode()
        self._connection.request(method, path, data, headers)
        return self._connection.getresponse()
