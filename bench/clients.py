"""The two kinds of clients of a crowd. Each has a socket, and takes what arrives on it."""

import json
import re
import time
import uuid

from .load import LENGTH, http, whole

CURSOR = re.compile(rb'"cursor":"([^"]+)"')
SAID = re.compile(rb'"number":(\d+),.*?"content":"said at ([\d.]+)')


class Wrong(Exception):
    """A client heard something twice, too late in the order, or not at all."""


class Listener:
    """Somebody who waits, and checks what they hear."""

    __slots__ = ("_crowd", "person", "socket", "number", "answered", "_cursor", "_received", "_chunked")

    def __init__(self, crowd, person, cursor):
        self._crowd, self.person, self._cursor = crowd, person, cursor
        self.number, self.answered, self._received, self._chunked = 0, False, b"", None

    def open(self):
        """Begin to wait, on a new connection."""
        self.socket = self._crowd.connection()
        self._crowd.watch(self)
        self._ask()

    def reset(self):
        """Forget the connection, and what of an answer had come."""
        self.answered, self._received = False, b""

    def take(self):
        """Take what has arrived. Raises Wrong."""
        part = self.socket.recv(65536)
        if not part:
            raise Wrong("the server hung up")
        self._received += part
        while self._one_part():
            pass

    def _ask(self):
        self._chunked = None
        self._crowd.round.polls += 1
        self.socket.sendall(self._crowd.poll_of(self.person, self._cursor))

    def _one_part(self):
        """Take the head of an answer, a whole answer or one chunk of it; tell whether there was one."""
        if self._chunked is None:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return False
            if self._received[9:12] != b"200":
                raise Wrong(self._received[:400])
            length = LENGTH.search(self._received, 0, end)
            self._chunked = length is None
            if not self._chunked:
                return self._whole(end + 4, int(length[1]))
            self._received = self._received[end + 4 :]
        size, found, rest = self._received.partition(b"\r\n")
        if not found or len(rest) < int(size, 16) + 2:
            return False
        count = int(size, 16)
        self._received = rest[count + 2 :]
        if count:
            self._hear(rest[:count])
        else:
            self._ask()
        return True

    def _whole(self, start, length):
        if len(self._received) < start + length:
            self._chunked = None
            return False
        body, self._received = self._received[start : start + length], self._received[start + length :]
        self._hear(body)
        self._ask()
        return True

    def _hear(self, body):
        self.answered, now = True, time.perf_counter()
        self._crowd.round.presences += body.count(b'"presence.changed"')
        for number, at in SAID.findall(body):
            if int(number) != self.number + 1:
                raise Wrong(f"message {number.decode()} after {self.number}")
            self.number += 1
            self._crowd.round.heard.append(now - float(at))
        self._cursor = CURSOR.search(body)[1].decode()


class Sender:
    """A connection on which one message after the other is written, by anybody."""

    def __init__(self, crowd):
        self._crowd, self._received = crowd, b""
        self.socket = crowd.connection()
        crowd.watch(self)

    def say(self, person, at):
        """Write a message as a person; ``at`` is when it was due."""
        body = json.dumps({"client_id": str(uuid.uuid4()), "content": f"said at {at:.6f} " + "x" * 80})
        self._group, self._at = person.group, at
        self.socket.sendall(http("POST", f"/api/groups/{person.group}/messages", person.token, body.encode()))

    def take(self):
        """Take what has arrived. Raises Wrong."""
        part = self.socket.recv(65536)
        if not part:
            raise Wrong("the server hung up on a sender")
        self._received += part
        found = whole(self._received)
        if found is None:
            return
        if found[0] != 201:
            raise Wrong(self._received[:400])
        self._received = b""
        self._crowd.acknowledged(self, self._group, time.perf_counter() - self._at)
