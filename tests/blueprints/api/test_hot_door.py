"""What is answered before Flask is what Flask answers, byte for byte; and so is what is refused."""

import json
import re
import uuid

import pytest
from werkzeug.test import create_environ, run_wsgi_app

OF_ITS_OWN = re.compile(rb'("(?:id|client_id|created_at)":")[^"]+|("number":)\d+')
ORIGIN = "http://chat.example"


def ask(app, path, body=None, *, through, method="POST", **headers):
    """Return (status, headers, body with what each message has of its own taken out) of a request at the gate, by Flask alone or
    by the door in front of it."""
    raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Host": "chat.example", **({} if raw is None else {"Content-Type": "application/json"}), **headers}
    environ = create_environ(path, method=method, headers=given, data=raw, multithread=True)
    gate = app.extensions["gate"]
    door = gate._flask
    gate._flask = door if through == "door" else door.flask
    try:
        answer, status, found = run_wsgi_app(gate, environ, buffered=True)
    finally:
        gate._flask = door
    return status, found.to_wsgi_list(), OF_ITS_OWN.sub(rb"\1\2-", b"".join(answer))


@pytest.fixture
def by_both(app):
    """A function that returns the answer of both ways, which must be the same; ``body`` is made anew for each."""

    def both(path, body=None, **more):
        door, flask = (ask(app, path, body() if callable(body) else body, through=way, **more) for way in ("door", "flask"))
        assert [door[0], sorted(door[1]), door[2]] == [flask[0], sorted(flask[1]), flask[2]]
        return door

    return both


@pytest.fixture
def cursor(cast):
    """Ana's cursor."""
    return cast.ana.cursor()


@pytest.fixture
def never_flask(app, monkeypatch):
    """Flask must not be asked."""

    def never(_environ, _start_response):
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(app.extensions["gate"]._flask, "flask", never)


def draft(content="schön"):
    return {"client_id": str(uuid.uuid4()), "content": content}


def bearer(person):
    return {"Authorization": f"Bearer {person.token}"}


def cookie(person):
    return {"Cookie": f"a=b; chatapp={person.token}"}


@pytest.mark.parametrize("who", [bearer, cookie])
def test_a_message_is_stored_with_the_same_answer(cast, by_both, who):
    for path in (f"/api/groups/{cast.den}/messages", f"/api/users/{cast.cleo.id}/messages"):
        status, headers, body = by_both(path, draft, **who(cast.ben))
        assert status == "201 CREATED" and "schön".encode() in body and ("Cache-Control", "no-store") in headers
    assert [one["number"] for one in cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"]] == [1, 2]


def test_a_repeated_one_too(cast, by_both):
    path, body = f"/api/groups/{cast.den}/messages", draft()
    ask(cast.app, path, body, through="door", **bearer(cast.ben))
    assert by_both(path, body, **bearer(cast.ben))[0] == "200 OK"
    assert by_both(path, body | {"content": "other"}, **bearer(cast.ben))[0] == "409 CONFLICT"


@pytest.mark.parametrize("visible", [True, False])
def test_a_beat_does_without_flask(app, cast, never_flask, visible):
    page = {"device": "page-1", "active": True, "visible": visible, "next": 60}
    status, _, body = ask(app, "/api/heartbeat", page, through="door", **bearer(cast.ben))
    assert status == "200 OK" and json.loads(body)["auto_status"] == "online"


def test_beats_too(cast, by_both):
    page = {"device": "page-1", "active": True, "visible": True}
    assert by_both("/api/heartbeat", page, **cookie(cast.ben))[0] == "200 OK"
    for odd in (page | {"device": "a b"}, page | {"active": "yes"}, page | {"next": 0}, {"device": "page-1"}):
        assert by_both("/api/heartbeat", odd, **cookie(cast.ben))[0] == "400 BAD REQUEST"
    assert by_both("/api/heartbeat", page)[0] == "401 UNAUTHORIZED"


def test_pages_and_scripts_do_without_flask(app, cast, never_flask):
    path = f"/api/groups/{cast.den}/messages"
    for headers in (bearer(cast.ben), {**cookie(cast.ben), "Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}):
        assert ask(app, path, draft(), through="door", **headers)[0] == "201 CREATED"
    with pytest.raises(AssertionError, match="Flask"):
        ask(app, path, draft(), through="door", **cookie(cast.ben), Origin=ORIGIN)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
    ],
)
def test_another_site_writes_nothing(cast, by_both, headers):
    assert by_both(f"/api/groups/{cast.den}/messages", draft, **cookie(cast.ben), **headers)[0] == "403 FORBIDDEN"
    assert cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "400"),
        (b"{", "400"),
        (b"[]", "400"),
        (b'{"client_id": "x", "content": "y"}', "400"),
        (b'{"client_id": "11111111-1111-4111-8111-111111111111", "content": "y", "content": "z"}', "400"),
        (b'{"client_id": "11111111-1111-4111-8111-111111111111", "content": "y", "more": 1}', "400"),
        (b'{"client_id": "11111111-1111-4111-8111-111111111111", "content": 1}', "400"),
        (b'{"client_id": "11111111-1111-4111-8111-111111111111", "content": "\\u0000"}', "422"),
        (b'{"client_id": "11111111-1111-4111-8111-111111111111", "content": " "}', "422"),
        (b'{"client_id": "11111111-1111-4111-8111-111111111111", "content": "\xff"}', "400"),
        (b"x" * 70_000, "413"),
    ],
)
def test_what_is_refused_is_refused_alike(cast, by_both, body, status):
    assert by_both(f"/api/groups/{cast.den}/messages", body, **bearer(cast.ben))[0].startswith(status)


def test_strangers_and_places_that_are_not_theirs_alike(cast, by_both):
    path = f"/api/groups/{cast.den}/messages"
    for headers, asked, status in (
        ({}, path, "401"),
        ({"Authorization": "Bearer wrong"}, path, "401"),
        (bearer(cast.dan), path, "404"),
        (bearer(cast.ben), f"/api/groups/{uuid.uuid4()}/messages", "404"),
        (bearer(cast.ben), f"/api/users/{uuid.uuid4()}/messages", "404"),
        (bearer(cast.ben), path.upper().replace("/API/GROUPS", "/api/groups").replace("MESSAGES", "messages"), "201"),
        (bearer(cast.ben), path + "?a=1", "400"),
        (bearer(cast.ben), path + "/", "404"),
    ):
        assert by_both(asked, draft, **headers)[0].startswith(status), (headers, asked)
    assert by_both(path, draft, **bearer(cast.ben), **{"Content-Type": "text/plain"})[0].startswith("415")
    assert by_both(path, draft, method="PUT", **bearer(cast.ben))[0].startswith("405")


def test_a_server_with_a_name_listens_to_no_other(make_app, by_both, cast):
    named = make_app(PUBLIC_URL="https://chat.example.org")
    path = f"/api/groups/{cast.den}/messages"
    for host, status in (("chat.example.org", "201"), ("chat.example", "400")):
        for way in ("door", "flask"):
            assert ask(named, path, draft(), through=way, Host=host, **bearer(cast.ben))[0].startswith(status)


def test_presence_does_without_flask(app, cast, cursor, never_flask):
    users = f"users={cast.ben.id},{cast.cleo.id}"
    for query in (users, users.replace(",", "%2C"), f"{users}&since={cursor}", f"since={cursor}&{users}"):
        for headers in (bearer(cast.ana), cookie(cast.ana), {**cookie(cast.ana), "Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}):
            status, _, body = ask(app, f"/api/presence?{query}", through="door", method="GET", **headers)
            assert status == "200 OK" and len(json.loads(body)["presence"]) == 2


def test_it_is_told_alike(cast, cursor, by_both):
    cast.ben.post("/api/heartbeat", {"device": "page-1", "active": True, "visible": True}, status=200)
    cast.cleo.put("/api/me/status", {"manual_status": "schön 🦜"})
    for query, status in (
        (f"users={cast.ben.id},{cast.cleo.id},{cast.ana.id}&since={cursor}", "200 OK"),
        (f"users={cast.ben.id}%2C{cast.cleo.id}", "200 OK"),
        (f"users={cast.ben.id}%2c{cast.cleo.id}", "200 OK"),
        (f"users={cast.ben.id.upper()},nobody,{uuid.uuid4()},,", "200 OK"),
        ("users=", "200 OK"),
        ("users", "200 OK"),
        ("", "400 BAD REQUEST"),
        ("users=a&users=b", "400 BAD REQUEST"),
        ("users=a&more=b", "400 BAD REQUEST"),
        ("users=a&since=b", "400 BAD REQUEST"),
        ("users=a=b", "200 OK"),
        ("&&users=a&", "200 OK"),
        ("users=%00", "422 UNPROCESSABLE ENTITY"),
        ("users=%ff+%C3%BC", "200 OK"),
        ("users=a&since=", "400 BAD REQUEST"),
        ("users=" + ",".join(str(uuid.uuid4()) for _ in range(201)), "400 BAD REQUEST"),
        ("users=" + "a" * 8_187, "400 BAD REQUEST"),
    ):
        assert by_both(f"/api/presence?{query}", method="GET", **bearer(cast.ana))[0] == status, query
    asked = f"/api/presence?users={cast.ben.id}"
    assert by_both(asked, method="GET")[0].startswith("401")
    assert by_both(asked, method="GET", Authorization="Bearer wrong")[0].startswith("401")
    assert by_both(asked, b"odd", method="GET", **bearer(cast.ana))[0] == "200 OK"
    assert by_both(asked, method="POST", **bearer(cast.ana))[0].startswith("405")
    assert by_both(asked, method="HEAD", **bearer(cast.ana))[0] == "200 OK"
    assert by_both(asked.replace("/presence", "/presence/"), method="GET", **bearer(cast.ana))[0].startswith("404")
