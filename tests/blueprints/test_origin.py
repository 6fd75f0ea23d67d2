"""Writes that another site makes a browser send are refused, and reading writes nothing."""

import itertools

import pytest
from doors import doors, is_problem, stored

PUBLIC = "https://chat.example.org"
# (PUBLIC_URL, Host, headers, whether the write is let in)
CASES = [
    (None, "localhost", {}, True),
    (None, "localhost", {"Sec-Fetch-Site": "same-origin"}, True),
    (None, "localhost", {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
    (None, "localhost", {"Sec-Fetch-Site": "same-site"}, False),
    (None, "localhost", {"Sec-Fetch-Site": "cross-site"}, False),
    (None, "localhost", {"Sec-Fetch-Site": "none"}, False),
    (None, "localhost", {"Sec-Fetch-Site": ""}, False),
    (None, "localhost", {"Sec-Fetch-Site": "Same-Origin, cross-site"}, False),
    (None, "localhost", {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
    (None, "localhost", {"Origin": "http://localhost"}, True),
    (None, "localhost", {"Origin": "https://localhost"}, True),
    (None, "localhost:8000", {"Origin": "http://localhost:8000"}, True),
    (None, "192.168.1.7:8000", {"Origin": "http://192.168.1.7:8000"}, True),
    (None, "[::1]:8000", {"Origin": "http://[::1]:8000"}, True),
    (None, "localhost:8000", {"Origin": "http://localhost:8001"}, False),
    (None, "localhost:8000", {"Origin": "http://localhost"}, False),
    (None, "localhost", {"Origin": "null"}, False),
    (None, "localhost", {"Origin": ""}, False),
    (None, "localhost", {"Origin": "localhost"}, False),
    (None, "localhost", {"Origin": "http://"}, False),
    (None, "localhost", {"Origin": "http://["}, False),
    (None, "localhost", {"Origin": "http://localhost@evil.example"}, False),
    (None, "localhost", {"Origin": "http://localhost.evil.example"}, False),
    (None, "localhost", {"Origin": "http://evil.example/localhost"}, False),
    (None, "localhost", {"Origin": "ftp://localhost"}, False),
    (None, "localhost", {"Origin": "http://localhost http://evil.example"}, False),
    (None, "localhost", {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}, False),
    (None, "localhost", {"Origin": "http://evil.example", "Forwarded": "host=evil.example"}, False),
    (PUBLIC, "chat.example.org", {"Origin": PUBLIC}, True),
    (PUBLIC, "chat.example.org", {"Origin": "http://chat.example.org"}, False),
    (PUBLIC, "chat.example.org", {"Origin": "https://example.org"}, False),
    (PUBLIC, "chat.example.org", {"Origin": "https://other.example.org"}, False),
    (PUBLIC, "chat.example.org", {"Origin": "https://chat.example.org:8443"}, False),
    (PUBLIC, "chat.example.org", {"Sec-Fetch-Site": "same-origin"}, True),
    (PUBLIC, "chat.example.org", {}, True),
    ("https://Chat.Example.org:443/", "chat.example.org", {"Origin": PUBLIC}, True),
]


@pytest.mark.parametrize("public_url", sorted({case[0] for case in CASES}, key=str))
def test_a_write_is_let_in_from_this_sites_own_pages_and_from_scripts_only(make_app, public_url):
    client = make_app(PUBLIC_URL=public_url).test_client()
    for _, host, headers, let_in in (case for case in CASES if case[0] == public_url):
        reply = client.post("/api/password_resets", json={"token": "x", "new_password": "x"}, headers={"Host": host, **headers})
        if let_in:
            assert reply.status_code == 404, (host, headers)  # let in: there is no such reset
        else:
            assert reply.status_code == 403, (host, headers)
            assert reply.get_json()["code"] == "cross_site"


def test_no_write_of_any_door_comes_from_another_site_whatever_its_form(cast):
    strange = ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}, {"Origin": "http://evil.localhost"})
    forms = ("application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", None)
    writes = [door for door in doors(cast) if door.method != "GET"]
    assert len(writes) > 20
    before = stored(cast.app)
    client = cast.app.test_client()
    client.set_cookie("chatapp", cast.ana.token)
    for door, headers, form in itertools.product(writes, strange, forms):
        reply = client.open(door.path, method=door.method, headers=headers, data=b"{}", content_type=form)
        assert is_problem(reply, 403), f"{door} {headers} {form}: {reply.status_code}"
        assert reply.get_json(force=True)["code"] == "cross_site"
        assert "Set-Cookie" not in reply.headers
    assert stored(cast.app) == before


def test_reading_changes_nothing(cast):
    """No GET or HEAD may be a deed, for other sites can make a browser send those. A poll's sign of life waits in memory."""
    reads = [door for door in doors(cast) if door.method == "GET"]
    needed = {"/api/updates": f"?since={cast.ana.cursor()}", "/api/presence": f"?users={cast.ben.id}"}
    paths = [door.path + needed.get(door.rule, "") for door in reads] + ["/", "/sign-in", "/setup", f"/join/{cast.den}", "/reset/x", "/healthz"]
    before = stored(cast.app)
    for method, path in itertools.product(("GET", "HEAD"), paths):
        reply = cast.ana.request(method, path, headers={"Sec-Fetch-Site": "cross-site"})
        assert reply.status_code in (200, 302, 404), f"{method} {path}: {reply.status_code}"
    assert stored(cast.app) == before


def test_only_the_configured_name_is_answered_but_for_probes(make_app):
    client = make_app(PUBLIC_URL=PUBLIC).test_client()
    for path, host in itertools.product(
        ("/", "/sign-in", "/api/me", "/static/icon.svg"), ("evil.example", "chat.example.org.evil.example", "localhost", "")
    ):
        for more in ({}, {"X-Forwarded-Host": "chat.example.org"}, {"Forwarded": "host=chat.example.org"}):
            reply = client.get(path, headers={"Host": host, **more})
            assert reply.status_code == 400, (path, host, more)
    assert client.get("/api/me", headers={"Host": "evil.example"}).get_json()["code"] == "wrong_host"
    assert client.get("/sign-in", headers={"Host": "chat.example.org"}).status_code == 302
    assert client.get("/healthz", headers={"Host": "10.0.0.3:8000"}).status_code == 200
