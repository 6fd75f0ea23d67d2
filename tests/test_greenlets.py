"""With and without greenlets: nobody waits for ever for a PostgreSQL that neither answers nor refuses."""

import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BOUND = 0.5
SCRIPT = """
import json, sys, time
arguments = json.loads(sys.argv[1])
if arguments["gevent"]:
    from gevent import monkey
    monkey.patch_all()
import psycopg2
from chatapp import greenlets
greenlets.CONNECT_SECONDS, greenlets.SILENT_SECONDS = arguments["bounds"]
greenlets.bound_waits()
found = {"failed": None}
started = time.monotonic()
try:
    connection = psycopg2.connect(arguments["url"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        started = time.monotonic()
        cursor.execute("SELECT pg_sleep(20)")
except psycopg2.OperationalError as error:
    found["failed"] = str(error)
    found["closed"] = "connection" in globals() and connection.closed != 0
found["seconds"] = time.monotonic() - started
print(json.dumps(found))
"""


@pytest.fixture(params=[False, True], ids=["threads", "greenlets"])
def connect(request):
    """A function that connects as a worker does, asks something long, and says how that ended."""

    def run(url, bounds):
        given = json.dumps({"gevent": request.param, "url": url, "bounds": bounds})
        done = subprocess.run([sys.executable, "-c", SCRIPT, given], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    return run


def test_a_server_that_takes_connections_and_says_nothing_is_given_up(connect):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as mute:
        found = connect(f"postgresql://chat@127.0.0.1:{mute.getsockname()[1]}/chat", [BOUND, 30])
    assert "does not answer" in found["failed"]
    assert BOUND <= found["seconds"] < 10


def test_an_answer_that_does_not_come_costs_the_connection(connect, postgresql, instance):
    with postgresql.fresh(instance) as url:
        found = connect(url, [10, BOUND])
    assert "does not answer" in found["failed"]
    assert found["closed"]
    assert BOUND <= found["seconds"] < 10


def test_a_command_of_the_shell_may_take_its_time(tmp_path):
    """An index of a large table takes longer than any request may, and COPY cannot be had with bounded waits."""
    script = "import wsgi; from psycopg2.extensions import get_wait_callback; assert get_wait_callback() is None"
    settings = {"INSTANCE": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=settings, check=True, timeout=60)


def test_many_who_come_at_once_are_taken_in_one_turn_whatever_gunicorn_sets():
    code = """
from gevent import monkey; monkey.patch_all()
import _socket, gevent
from chatapp.greenlets import accept_many
accept_many(16)
from gunicorn.workers import ggevent
came = []
server = ggevent.StreamServer(("127.0.0.1", 0), handle=lambda line, _: came.append(line))
server.max_accept = 1
server.start()
clients = [_socket.socket() for _ in range(20)]
for one in clients:
    one.connect(("127.0.0.1", server.server_port))  # without letting the worker have a turn
took = []
while len(came) < 20:
    before = len(came)
    gevent.sleep(0)
    gevent.sleep(0)
    took.append(len(came) - before)
print(max(took))
"""
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    assert int(printed) >= 10
