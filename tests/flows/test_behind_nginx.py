"""Behind the documented nginx: lines of a stream come at once, slow clients are nobody else's affair."""

import contextlib
import json
import resource
import socket
import time
from http.client import HTTPConnection

import pytest
from databases import sqlite_only

SLOW = 2_000
SOON_SECONDS = 2
HEAD = "POST /api/session HTTP/1.1\r\nHost: chat\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"

pytestmark = sqlite_only


@pytest.fixture
def port(cast, serve, nginx):
    """The port of nginx in front of a server."""
    server = serve(TRUSTED_PROXIES="1")
    with nginx(server.port) as port:
        yield port


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * SLOW), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ask(line, method, path, person, body=None):
    line.request(method, path, body and json.dumps(body), {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"})
    return line.getresponse()


def test_a_stream_passes_line_by_line(cast, port):
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        stream = ask(line, "GET", f"/api/updates?since={cast.ben.cursor()}&wait=25&stream=1", cast.ben)
        assert json.loads(stream.readline())["events"] == []
        begun = time.monotonic()
        cast.ana.say("at once", group=cast.den)
        assert "at once" in stream.readline().decode() and time.monotonic() - begun < SOON_SECONDS


def test_thousands_who_write_a_byte_every_ten_seconds_hurt_nobody(cast, port, many_descriptors):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 30)) for _ in range(SLOW)]
        for number, one in enumerate(slow):  # half of them have not told their head, half not their body
            one.sendall((HEAD + ("\r\n{" if number % 2 else "X-Slow: ")).encode())
        line = stack.enter_context(contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=30)))
        took = []
        for number in range(40):
            begun = time.monotonic()
            body = {"client_id": f"11111111-1111-4111-8111-{number:012}", "content": f"message {number}"}
            for method, path, status in (("POST", f"/api/groups/{cast.den}/messages", 201), ("GET", "/api/me", 200)):
                reply = ask(line, method, path, cast.ana, body if method == "POST" else None)
                assert reply.status == status, reply.read()
                reply.read()
            took.append(time.monotonic() - begun)
            for one in slow[number * 50 : number * 50 + 50]:
                one.sendall(b"x")
        assert max(took) < SOON_SECONDS
