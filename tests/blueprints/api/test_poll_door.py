"""The poll before Flask says what the poll by Flask says, byte for byte."""

from types import SimpleNamespace

import pytest
from cast import Cast
from werkzeug.test import create_environ, run_wsgi_app

from chatapp.blueprints.api.plain import PATH
from chatapp.blueprints.api.poll_door import asked

PLAIN = ["", "&wait=0", "&wait=0.2", "&wait=25", "&wait=0.2&stream=0", "&wait=0.2&stream=1", "&device=page-1", "&wait=0.1&stream=1&device=page_2"]
ODD = [
    "&wait=26",
    "&wait=-1",
    "&wait=x",
    "&wait=1&wait=1",
    "&stream=maybe",
    "&stream=2",
    "&device=a%20b",
    "&unknown=1",
    "&",
    "&wait=1e1",
    "&since=again",
]


@pytest.fixture(autouse=True)
def alike(monkeypatch):
    """The same position is sealed alike each time."""
    monkeypatch.setattr("chatapp.updates.cursor.os", SimpleNamespace(urandom=bytes))


def ask(way, query, method="GET", **headers):
    """Return (status, headers, body) of a poll at a server with threads."""
    environ = create_environ(PATH, query_string=query, method=method, headers=headers, multithread=True)
    body, status, found = run_wsgi_app(way, environ, buffered=True)
    return status, found.to_wsgi_list(), b"".join(body)


def by_both(app, *asks, **more):
    """Return the answer of both ways; they must be the same."""
    door, route = (ask(way, *asks, **more) for way in (app.wsgi_app, app.wsgi_app.flask))
    assert door == route
    return door


def bearer(person):
    """Return the header of a script."""
    return {"Authorization": f"Bearer {person.token}"}


@pytest.mark.parametrize("query", PLAIN)
@pytest.mark.parametrize("who", [lambda ben: bearer(ben), lambda ben: {"Cookie": f"other=1; chatapp={ben.token}"}], ids=["bearer", "cookie"])
def test_a_plain_poll_is_answered_before_flask_with_the_same_bytes(cast, news, who, query, monkeypatch):
    status, headers, body = by_both(cast.app, f"since={news}{query}", **who(cast.ben))
    assert status == "200 OK" and "schön" in body.decode() and ("Vary", "Cookie") in headers

    def never(_environ, _start_response):
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(cast.app.wsgi_app, "flask", never)
    assert ask(cast.app.wsgi_app, f"since={news}{query}", **who(cast.ben))[2] == body


def test_an_idle_poll_is_the_same_too(cast):
    cursor = cast.ben.cursor()
    for query in PLAIN[:3]:
        assert cursor in by_both(cast.app, f"since={cursor}{query}", **bearer(cast.ben))[2].decode()


@pytest.mark.parametrize("query", ODD)
def test_what_is_not_plain_is_flasks(cast, news, query):
    assert asked(f"since={news}{query}") is None
    by_both(cast.app, f"since={news}{query}", **bearer(cast.ben))


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_so_are_other_methods(cast, news, method):
    by_both(cast.app, f"since={news}", method=method, **bearer(cast.ben))


@pytest.mark.parametrize("cursor", ["", "short", "A" * 60])
@pytest.mark.parametrize("wait", ["", "&wait=9", "&wait=9&stream=1"])
def test_a_bad_cursor_is_refused_alike(cast, cursor, wait):
    assert by_both(cast.app, f"since={cursor}{wait}", **bearer(cast.ben))[0] == "400 BAD REQUEST"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eA=="}, {"Cookie": "chatapp="}])
def test_a_stranger_is_refused_alike(cast, news, headers):
    assert by_both(cast.app, f"since={news}&wait=9", **headers)[0] == "401 UNAUTHORIZED"


def test_a_device_that_was_signed_out_is_refused_alike(cast, news):
    cast.ben.delete("/api/session")
    assert by_both(cast.app, f"since={news}", **bearer(cast.ben))[0] == "401 UNAUTHORIZED"


def test_another_life_of_the_database_or_its_future_means_resync_alike(cast):
    feed = cast.app.extensions["feed"]
    feed.look()
    for cursor in (feed.seal.seal(feed.epoch + 1, 1), feed.seal.seal(feed.epoch, 10**9)):
        assert by_both(cast.app, f"since={cursor}&wait=9", **bearer(cast.ben))[0] == "409 CONFLICT"


def test_another_name_than_the_servers_own_is_refused_alike(make_app):
    cast = Cast(make_app(PUBLIC_URL="https://chat.example"))
    token = cast.ben.token
    cursor = cast.app.extensions["feed"].seal.seal(0, 0)
    for name, status in (("chat.example", 409), ("chat.example:443", 400), ("elsewhere.example", 400)):
        headers = {"Host": name, "Cookie": f"__Host-chatapp={token}; chatapp=another"}
        assert by_both(cast.app, f"since={cursor}", **headers)[0].startswith(str(status)), name


def test_the_poll_of_this_door_is_use_of_the_device_and_a_beat_of_the_page(cast, news):
    beats = cast.app.extensions["beats"]
    beats.take_used(), beats.take(lambda _device: False)
    ask(cast.app.wsgi_app, f"since={news}&device=page", **bearer(cast.ben))
    assert beats.take_used() == {cast.ben.device_id}
    assert list(beats.take(lambda _device: False)) == [cast.ben.id]
