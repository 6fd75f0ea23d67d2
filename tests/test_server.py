"""The web server: starts with greenlets and with threads, waits for nobody when it stops."""

import contextlib
import json
import socket
import subprocess
import sys

import pytest
from served import ROOT

STOPS_WITHIN_SECONDS = 3


@pytest.fixture(params=["gevent", "gthread"])
def server(request, cast, serve):
    """A server with the cast's accounts in its database."""
    return serve(WORKER_CLASS=request.param)


def ask(server, person, path):
    """Return a connection on which a request was sent and nothing read yet."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {person.token}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def answer(connection):
    """Return (head, JSON body) of the reply that comes next."""
    with connection.makefile("rb") as stream:
        head = b"".join(iter(stream.readline, b"\r\n")).decode()
        length = next(int(line.partition(":")[2]) for line in head.splitlines() if line.lower().startswith("content-length:"))
        return head, json.loads(stream.read(length))


def test_it_stops_within_seconds_and_answers_everybody_who_waits(server, cast, size):
    with contextlib.ExitStack() as connections:
        first = connections.enter_context(ask(server, cast.ana, "/api/state"))
        cursor = answer(first)[1]["cursor"]
        for _ in range(3):
            connections.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        held = f"/api/updates?since={cursor}&wait=25"
        waiting = [connections.enter_context(ask(server, cast.ana, held)) for _ in range(size(20, 400))]
        last = connections.enter_context(ask(server, cast.ana, "/api/me"))
        assert answer(last)[1]["me"]["username"] == "ana"  # by now the others wait

        assert server.stop() < STOPS_WITHIN_SECONDS, server.log()
        assert server.process.returncode == 0
        for connection in waiting:
            head, body = answer(connection)
            assert head.startswith("HTTP/1.1 200"), f"{head}\n{body}\n{server.log()}"
            assert body["cursor"] == cursor
    assert "Traceback" not in server.log()


def test_it_does_not_tell_its_version(server, cast):
    with ask(server, cast.ana, "/api/me") as connection:
        head, _ = answer(connection)
    assert "Server: gunicorn\r\n" in head


@pytest.mark.parametrize(("soft", "hard", "reached", "connections"), [(256, 4096, 4096, 3596), (256, 20_000, 10_500, 10_000), (256, 300, 300, 150)])
def test_it_may_have_more_connections_than_a_process_begins_with(soft, hard, reached, connections):
    code = "import resource, chatapp.server as s; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], s.worker_connections)"
    limited = f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard})); os.execv(sys.executable, [sys.executable, '-c', '''{code}'''])"
    printed = subprocess.run([sys.executable, "-c", limited], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.split() == [str(reached), str(connections)]
