"""Before Flask there is a gate: whoever finds no turn is told so in the form of every error, and nothing was begun."""

import pytest

from chatapp.admission import LINE_SECONDS, MOST_INSIDE, Line
from chatapp.config import MAX_BODY_BYTES


@pytest.fixture
def full(app, monkeypatch):
    """The line of writes has no turn for anybody."""
    line = app.extensions["admission"].line("POST")
    for _ in range(MOST_INSIDE):
        assert line.enter()
    line._left_at -= 10 * LINE_SECONDS
    return line


def test_a_write_without_a_turn_is_refused_as_every_error_is_told(app, cast, full):
    before = cast.ana.get(f"/api/groups/{cast.den}/messages")
    reply = cast.ana.request("POST", f"/api/groups/{cast.den}/messages", {"client_id": "11111111-1111-4111-8111-111111111111", "content": "x"})
    assert (reply.status_code, reply.mimetype, reply.get_json()["code"]) == (503, "application/problem+json", "overloaded")
    assert 1 <= int(reply.headers["Retry-After"]) <= 30
    other = cast.ana.request("POST", "/api/nowhere", {})
    assert other.status_code == 503  # whatever is asked
    assert cast.ana.get(f"/api/groups/{cast.den}/messages") == before
    full.leave()
    like = cast.ana.request("POST", "/api/nowhere", {})
    assert like.status_code == 404
    assert {name for name, _ in reply.headers} == {name for name, _ in like.headers} | {"Retry-After"}


def test_reads_polls_pages_and_health_have_a_turn_still(cast, full):
    cursor = cast.ana.cursor()
    for path in ("/api/me", f"/api/updates?since={cursor}", "/healthz", "/sign-in"):
        assert cast.ana.request("GET", path).status_code in (200, 302), path


def test_a_turn_ends_with_the_answer_whatever_it_is(app, cast):
    line = app.extensions["admission"].line("POST")
    for path, body in (("nowhere", {}), (f"groups/{cast.den}/messages", {"content": 1}), ("session", {"login": "x", "password": "y"})):
        cast.ana.request("POST", f"/api/{path}", body)
    assert (line._inside, len(line._waiting)) == (0, 0)


def test_nobody_who_writes_slowly_takes_up_a_turn(app, cast, monkeypatch):
    read, line = [], app.extensions["admission"].line("POST")

    class Slow:
        def read(self, size=-1):
            read.append((line._inside, size))
            return b"{}"

    monkeypatch.setattr(Line, "enter", lambda self: read.append("enter"))
    environ = {"PATH_INFO": "/api/nowhere", "REQUEST_METHOD": "POST", "wsgi.input": Slow(), "CONTENT_LENGTH": "2"}
    app.extensions["gate"](environ, lambda *_: None)
    assert read == [(0, 2), "enter"]
    del environ["CONTENT_LENGTH"]
    app.extensions["gate"]({**environ, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Slow()}, lambda *_: None)
    assert read[2:] == [(0, MAX_BODY_BYTES + 1), "enter"]
