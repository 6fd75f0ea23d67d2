"""What is answered at the socket is what gunicorn would say, byte for byte; and gunicorn gets whatever is not plain."""

import contextlib
import re
import socket
import threading
from types import SimpleNamespace

import pytest
from gunicorn import http
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base_async import AsyncWorker

from chatapp import admission
from chatapp.blueprints.api import socket_door

PATIENCE = 10
DATE = re.compile(rb"Date: [^\r]+")
POST = "POST /api/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n"


class Worker(AsyncWorker):
    """Gunicorn's own reading and writing, on a socket pair."""

    def __init__(self, app):
        self.cfg = Config()
        self.log, self.wsgi = Logger(self.cfg), app
        self.alive, self.nr, self.max_requests, self.by_gunicorn = True, 0, 10**9, []

    def timeout_ctx(self):
        """Wait without end."""
        return contextlib.nullcontext()

    def handle_request(self, listener, request, client, address):
        """Note what comes here, and answer it."""
        self.by_gunicorn.append(f"{request.method} {request.path}")
        super().handle_request(listener, request, client, address)


@pytest.fixture(autouse=True)
def alike(monkeypatch):
    """The same position is sealed alike each time, and gunicorn's parser is there again after the test."""
    monkeypatch.setattr("chatapp.updates.cursor.os", SimpleNamespace(urandom=bytes))
    monkeypatch.setattr(http, "get_parser", http.get_parser)


@pytest.fixture
def worker(app):
    return Worker(app)


@pytest.fixture
def door(worker, app):
    """The worker with the door in front of it."""
    socket_door.install(worker, app)
    return worker


def converse(worker, *parts):
    """Return all that a worker answers to bytes that arrive in these parts, but for the dates."""
    here, there = socket.socketpair()
    there.settimeout(PATIENCE)
    listener = SimpleNamespace(getsockname=lambda: ("127.0.0.1", 80))
    working = threading.Thread(target=worker.handle, args=(listener, here, ("127.0.0.1", 1)))
    working.start()
    for part in parts:
        there.sendall(part)
        threading.Event().wait(0.05 if len(parts) > 1 else 0)
    there.shutdown(socket.SHUT_WR)
    heard = b""
    while more := there.recv(65536):
        heard += more
    working.join(PATIENCE)
    there.close()
    return DATE.sub(b"Date: now", heard)


def request(person, query, *, more="", bearer=True):
    """Return the bytes of a poll."""
    who = f"Authorization: Bearer {person.token}" if bearer else f"Cookie: a=b; chatapp={person.token}"
    return f"GET /api/updates?{query} HTTP/1.1\r\nHost: chat.example\r\n{who}\r\nAccept: */*\r\n{more}\r\n".encode()


def reading(person, *people, more=""):
    """Return the bytes of a question for people's presence, as a browser puts it."""
    query = f"users={'%2C'.join(one.id for one in people)}{more}"
    return (
        f"GET /api/presence?{query} HTTP/1.1\r\nHost: chat.example\r\nCookie: chatapp={person.token}\r\nSec-Fetch-Site: same-origin\r\n\r\n".encode()
    )


def post(person, path, body):
    """Return the bytes of a request with a body."""
    return POST.format(path=path, token=person.token, length=len(body)).encode() + body


def both(app, *parts):
    """Return what both ways answer, which must be the same, and which requests gunicorn read with the door in front."""
    before = converse(Worker(app), *parts)
    with_door = Worker(app)
    get_parser = http.get_parser
    socket_door.install(with_door, app)
    heard = converse(with_door, *parts)
    http.get_parser = get_parser
    assert heard == before != b""
    return heard, with_door.by_gunicorn


@pytest.mark.parametrize("bearer", [True, False])
@pytest.mark.parametrize("more", ["", "&wait=0.1", "&wait=0.1&stream=0", "&wait=0.1&stream=1", "&device=page-1"])
def test_a_plain_poll_is_answered_here_with_the_same_bytes(app, cast, news, more, bearer):
    heard, by_gunicorn = both(app, request(cast.ben, f"since={news}{more}", bearer=bearer))
    assert heard.startswith(b"HTTP/1.1 200 OK\r\n") and "schön".encode() in heard and by_gunicorn == []


def test_one_after_the_other_on_one_connection(app, cast, news):
    idle = cast.ben.cursor()
    polls = [request(cast.ben, f"since={one}") for one in (news, idle, news)]
    heard, by_gunicorn = both(app, *polls)
    assert heard.count(b"HTTP/1.1 200 OK") == 3 and heard.count("schön".encode()) == 2 and by_gunicorn == []


def test_other_requests_in_between_are_gunicorns(app, cast, news):
    poll = request(cast.ben, f"since={news}")
    heard, by_gunicorn = both(app, poll, post(cast.ben, "nowhere", b"{}"), poll, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", poll)
    assert heard.count("schön".encode()) == 3 and by_gunicorn == ["POST /api/nowhere", "GET /healthz"]


def test_what_comes_in_pieces_or_at_once_is_gunicorns(app, cast, news):
    poll = request(cast.ben, f"since={news}")
    for parts, count in (((poll[:30], poll[30:]), 1), ((poll[:-1], poll[-1:]), 1), ((poll + poll,), 2), ((poll + poll[:9], poll[9:]), 2)):
        heard, by_gunicorn = both(app, *parts)
        assert heard.count("schön".encode()) == count and by_gunicorn == ["GET /api/updates"] * count


@pytest.mark.parametrize("path", ["nowhere", "session", "groups/{den}/messages"])
def test_a_body_that_looks_like_a_poll_is_a_body(app, cast, news, path):
    """Whoever can make a proxy send a body must not get an answer more than there were requests."""
    whole = post(cast.ben, path.format(den=cast.den), request(cast.ben, f"since={news}"))
    head, body = whole.split(b"\r\n\r\n", 1)
    for parts in ((whole,), (head + b"\r\n\r\n", body)):
        heard, by_gunicorn = both(app, *parts)
        assert heard.count(b"HTTP/1.1 ") == 1 and "schön".encode() not in heard and len(by_gunicorn) == 1


@pytest.mark.parametrize("query", ["since=short", "since=" + "A" * 60, "since={news}&wait=26", "since={news}&unknown=1", "since={news}&since={news}"])
def test_what_is_refused_is_refused_alike(app, cast, news, query):
    heard, by_gunicorn = both(app, request(cast.ben, query.format(news=news)), request(cast.ben, f"since={news}"))
    assert heard.startswith(b"HTTP/1.1 400 BAD REQUEST\r\n") and heard.count(b"200 OK") == 1 and by_gunicorn == ["GET /api/updates"]


def test_a_stranger_and_another_life_of_the_database_alike(app, cast, news):
    feed = app.extensions["feed"]
    stranger = SimpleNamespace(token="nobody")
    heard, by_gunicorn = both(app, request(stranger, f"since={news}"), request(cast.ben, f"since={feed.seal.seal(feed.epoch + 1, 1)}"))
    assert b" 401 UNAUTHORIZED" in heard and b" 409 CONFLICT" in heard and len(by_gunicorn) == 2


def test_a_worker_that_stops_lets_gunicorn_say_so(door, cast, news):
    door.alive = False
    assert b"Connection: close" in converse(door, request(cast.ben, f"since={news}")) and door.by_gunicorn == ["GET /api/updates"]


def test_a_worker_is_renewed_after_so_many_requests(door, cast, news):
    door.max_requests = 3
    converse(door, *[request(cast.ben, f"since={news}")] * 3)
    assert door.by_gunicorn == ["GET /api/updates"] and not door.alive


@pytest.mark.parametrize(("name", "value"), [("accesslog", "-"), ("post_request", lambda _worker, _request: None), ("statsd_host", "127.0.0.1:9")])
def test_who_wants_to_hear_of_every_request_does(worker, app, cast, news, name, value):
    worker.cfg.set(name, value)
    socket_door.install(worker, app)
    converse(worker, request(cast.ben, f"since={news}"))
    assert worker.by_gunicorn == ["GET /api/updates"]


def test_who_finds_no_turn_is_refused_here_with_the_same_bytes(app, cast, news, monkeypatch):
    monkeypatch.setattr(admission, "MOST_INSIDE", 0)
    monkeypatch.setattr(admission, "LINE_SECONDS", 0)
    monkeypatch.setattr(admission.Admission, "retry_after", lambda _: 7)
    send, poll = post(cast.ben, "nowhere", b'{"a": 1}'), request(cast.ben, f"since={news}")
    get = f"GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {cast.ben.token}\r\n\r\n".encode()
    nobodys = b"GET /api/presence?users=" + 60 * b"%2c" + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    heard, by_gunicorn = both(app, send, poll, get, nobodys, send)
    assert heard.count(b"HTTP/1.1 503 Service Unavailable\r\n") == 4 and heard.count("schön".encode()) == 1 and by_gunicorn == []
    for parts, count in (((send[:40], send[40:]), 1), ((send + send,), 2), ((send[:-3], send[-3:]), 1)):
        heard, by_gunicorn = both(app, *parts)
        assert heard.count(b"HTTP/1.1 503 ") == count == len(by_gunicorn)


def test_presence_is_read_here_with_the_same_bytes(app, cast, news):
    cast.cleo.post("/api/heartbeat", {"device": "page-1", "active": True, "visible": True}, status=200)
    asked = reading(cast.ben, cast.ana, cast.cleo, cast.ben), reading(cast.ben, cast.cleo, more=f"&since={news}")
    heard, by_gunicorn = both(app, *asked, request(cast.ben, f"since={news}"), asked[0])
    assert (
        heard.count(b"HTTP/1.1 200 OK") == 4
        and heard.count(b'\r\n\r\n{"presence":[{"user_id"') == 3
        and "schön".encode() in heard
        and by_gunicorn == []
    )


def test_what_is_refused_of_it_is_refused_alike(app, cast, news):
    stranger = SimpleNamespace(token="nobody")
    odd = [reading(cast.ben, more="&more=1"), reading(cast.ben, more="&users=a"), reading(cast.ben, more="&since=short"), reading(stranger, cast.ben)]
    heard, by_gunicorn = both(app, *odd, reading(cast.ben, cast.cleo))
    assert heard.count(b"HTTP/1.1 400 ") == 3 and heard.count(b"HTTP/1.1 401 ") == 1 and heard.count(b"HTTP/1.1 200 ") == 1
    assert by_gunicorn == ["GET /api/presence"] * 4


def test_it_waits_for_a_turn_as_everything_does(app, cast, monkeypatch):
    line = app.extensions["admission"].line("GET")
    monkeypatch.setattr(admission, "MOST_INSIDE", 1)
    monkeypatch.setattr(admission.Admission, "retry_after", lambda _: 7)
    assert line.enter()
    freed = threading.Timer(0.1, line.leave)
    freed.start()
    heard, _ = both(app, reading(cast.ben, cast.cleo))
    assert heard.startswith(b"HTTP/1.1 200 OK")
    freed.join()
    monkeypatch.setattr(admission, "LINE_SECONDS", 0)
    assert line.enter()
    heard, by_gunicorn = both(app, reading(cast.ben, cast.cleo))
    line.leave()
    assert heard.startswith(b"HTTP/1.1 503 ") and by_gunicorn == []
    assert both(app, reading(cast.ben, cast.cleo))[0].startswith(b"HTTP/1.1 200 OK"), "whoever had a turn gave it back"


@pytest.mark.parametrize("kind", ["gevent", "gthread"])
def test_real_workers_answer_held_polls_streams_and_readings_on_one_connection(cast, serve, kind):
    server = serve(WORKER_CLASS=kind)
    cursor = cast.ben.cursor()
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), PATIENCE)) as line:
        asked = [request(cast.ben, f"since={cursor}{more}") for more in ("&wait=0.2", "&wait=0.3&stream=1", "", "&wait=0.2")]
        for one, said in (*((poll, cursor) for poll in asked), (reading(cast.ben, cast.cleo), cast.cleo.id)):
            line.sendall(one)
            heard = b""
            while not heard.endswith((b"}", b"\r\n0\r\n\r\n")):
                part = line.recv(65536)
                assert part, heard
                heard += part
            assert heard.startswith(b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\n") and said.encode() in heard
