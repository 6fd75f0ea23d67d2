"""The session cookie: what the browser gets, keeps and loses."""

from http.cookies import SimpleCookie

import pytest
from doors import PASSWORD

from chatapp.extensions import db
from chatapp.models import Device
from chatapp.updates import token_hash

SCHEMES = {"chatapp": None, "__Host-chatapp": "https://localhost"}


@pytest.fixture(params=SCHEMES, ids=["http", "https"])
def name(request):
    """The cookie's name."""
    return request.param


@pytest.fixture
def app(make_app, name):
    """The application as people reach it by one scheme or the other. Its worker has looked at the log, as workers do first."""
    made = make_app(PUBLIC_URL=SCHEMES[name])
    made.extensions["feed"].look()
    return made


@pytest.fixture
def eve(cast):
    """A function that registers Eve in a new browser; returns (client, reply)."""
    invite = cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]
    account = {"invite": invite, "name": "Eve Lund", "username": "eve", "email": "eve@example.org", "password": PASSWORD}
    client = cast.app.test_client()
    reply = client.post("/api/users", json=account)
    assert reply.status_code == 201
    return client, reply


def cookie(reply, name):
    """Return the one cookie that a reply sets."""
    (header,) = reply.headers.getlist("Set-Cookie")
    (found,) = SimpleCookie(header).values()
    assert found.key == name
    return found


def sign_in(client, headers=()):
    reply = client.post("/api/session", json={"login": "eve", "password": PASSWORD}, headers=dict(headers))
    assert reply.status_code == 201
    return reply


def me(app, name, token):
    client = app.test_client()
    client.set_cookie(name, token)
    return client.get("/api/me").status_code


def test_scripts_and_other_sites_do_not_get_the_cookie_and_its_kind_follows_the_public_address(app, name, eve):
    client, registered = eve
    claims = ({}, {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Proto": "http"}, {"Forwarded": "proto=https"}, {"X-Forwarded-Ssl": "on"})
    for reply in (registered, *(sign_in(app.test_client(), headers) for headers in claims)):
        found = cookie(reply, name)
        assert found["httponly"] is True
        assert found["samesite"] == "Lax"
        assert found["path"] == "/"
        assert found["domain"] == ""
        assert bool(found["secure"]) == (name == "__Host-chatapp")
        assert found["expires"]


def test_the_cookie_is_random_and_the_database_keeps_only_its_hash(app, name, eve):
    tokens = {cookie(eve[1], name).value, *(cookie(sign_in(app.test_client()), name).value for _ in range(5))}
    assert len(tokens) == 6
    assert min(map(len, tokens)) >= 43  # 32 random bytes
    with app.app_context():
        rows = [(one.token_hash, repr(vars(one))) for one in db.session.query(Device)]
    assert {token_hash(token) for token in tokens} <= {kept for kept, _ in rows}
    assert not [row for _, row in rows for token in tokens if token in row]


def test_signing_in_makes_a_new_token_and_the_one_before_is_dead(app, name, eve):
    client, registered = eve
    first = cookie(registered, name).value
    assert me(app, name, first) == 200
    second = cookie(sign_in(client), name).value
    assert first != second
    assert me(app, name, first) == 401
    assert me(app, name, second) == 200


def test_a_cookie_that_somebody_planted_is_worth_nothing_after_signing_in(app, name, eve, cast):
    for planted in ("x" * 43, cast.ana.token):
        client = app.test_client()
        client.set_cookie(name, planted)
        given = cookie(sign_in(client), name).value
        assert given != planted
        assert me(app, name, planted) == 401


def test_signing_out_takes_the_cookie_out_of_the_browser_and_ends_it_on_the_server(app, name, eve):
    client, registered = eve
    token = cookie(registered, name).value
    reply = client.delete("/api/session")
    assert reply.status_code == 204
    gone = cookie(reply, name)
    assert gone.value == ""
    assert "1970" in gone["expires"]
    assert (gone["path"], bool(gone["secure"])) == ("/", name == "__Host-chatapp")
    assert client.get_cookie(name) is None
    assert me(app, name, token) == 401
    assert client.delete("/api/session").status_code == 401


def test_no_other_cookie_is_ever_set(app, name, eve):
    client, _ = eve
    for path in ("/", "/sign-in", "/api/me", "/api/state", "/api/nowhere", "/nowhere", "/static/icon.svg"):
        with client.get(path) as reply:
            assert "Set-Cookie" not in reply.headers, path


def test_a_cookie_of_the_other_scheme_does_not_count(app, name, eve):
    token = cookie(eve[1], name).value
    other = next(one for one in SCHEMES if one != name)
    assert me(app, other, token) == 401


@pytest.mark.parametrize("value", ["", " ", "x", "\x7f", "%00", "é", "\\777", '"', "a" * 8_000, "a; b", "ÿ\u0080"])
def test_odd_tokens_are_nobodys(app, name, value):
    client = app.test_client()
    environ = {"HTTP_COOKIE": f"{name}={value}".encode().decode("latin-1")}
    assert client.get("/api/me", environ_overrides=environ).status_code == 401
    for scheme in ("Bearer", "bearer", "Basic", ""):
        environ = {"HTTP_AUTHORIZATION": f"{scheme} {value}".encode().decode("latin-1")}
        assert client.get("/api/me", environ_overrides=environ).status_code == 401
