"""Headers of every reply: what a browser may do with it, and who may keep it."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

PAGE_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


class Markup(HTMLParser):
    """Collects what a strict policy forbids, and the text of the import map."""

    def __init__(self, page):
        super().__init__()
        self.found, self.import_maps, self._map = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._map = tag == "script" and given.get("type") == "importmap"
        self.found += [f"<{tag} {name}>" for name in given if name.startswith("on") or name == "style"]
        self.found += [f"<{tag}>" for _ in [0] if tag in ("style", "base", "iframe", "object", "embed")]
        self.found += [f"<{tag}> inline" for _ in [0] if tag == "script" and not given.get("src") and not self._map]
        addresses = [given.get(name) or "" for name in ("src", "href", "action", "formaction", "poster") if name in given]
        self.found += [address for address in addresses if not re.match(r"^(#|/(?!/))", address)]

    def handle_data(self, data):
        if self._map:
            self.import_maps.append(data)
            self._map = False


def replies(cast):
    """Yield (what, reply) of every page, of every error as a page, and of JSON and files, to somebody who is signed in and to a stranger."""
    app = cast.app
    app.view_functions["pages.setup"] = lambda: 1 / 0
    invite = cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]
    ids = {"invite_id": invite, "group_id": cast.den, "user_id": cast.ben.id, "token": "t" * 43, "filename": "js/main.js", "message_id": "x"}
    paths = [rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods] + [
        "/nowhere",
        "/join/nonsense",
        "/api/nowhere",
        "/static/nowhere.js",
    ]
    for name, value in ids.items():
        paths = [path.replace(f"<{name}>", value).replace(f"<path:{name}>", value) for path in paths]
    for who in (None, cast.ana):
        client = app.test_client()
        if who:
            client.set_cookie("chatapp", who.token)
        for path in paths:
            yield f"GET {path}", client.get(path)
        for path in ("/sign-in", "/api/state", "/static/js/main.js"):
            yield f"PUT {path}", client.put(path)
            yield f"cross-site PUT {path}", client.put(path, headers={"Origin": "https://evil.example"})
        yield "too large", client.post("/api/groups", data=b" " * 70_000, content_type="application/json")
        yield "HEAD", client.head("/")
        yield "OPTIONS", client.options("/api/groups")


def policy(reply):
    parts = [part.strip().partition(" ") for part in reply.headers["Content-Security-Policy"].split(";")]
    return {name: value for name, _, value in parts}


def test_every_reply_has_the_whole_set(cast):
    statuses = set()
    for what, reply in replies(cast):
        headers = reply.headers
        statuses.add((reply.status_code, reply.mimetype))
        assert headers["X-Content-Type-Options"] == "nosniff", what
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin", what
        assert headers["Permissions-Policy"] == "camera=(), microphone=(), geolocation=()", what
        secret = what.startswith(("GET /join/", "GET /reset/", "GET /setup"))
        assert headers["Referrer-Policy"] == ("no-referrer" if secret else "same-origin"), what
        assert "Strict-Transport-Security" not in headers, what
        assert not [name for name, _ in headers if name.lower().startswith("access-control-")], what
        assert "unsafe" not in headers["Content-Security-Policy"], what
        if reply.mimetype != "text/html":
            assert policy(reply) == {"default-src": "'none'", "frame-ancestors": "'none'", "sandbox": ""}, what
        static = what.startswith("GET /static/js/main.js")
        assert headers["Cache-Control"] == ("no-cache" if static else "no-store"), what
        if not static and "/static/" not in what:
            assert "Cookie" in headers["Vary"], what
        reply.close()
    pages = {status for status, kind in statuses if kind == "text/html"}
    problems = {status for status, kind in statuses if kind == "application/problem+json"}
    assert pages >= {200, 302, 403, 404, 405, 500}
    assert problems >= {401, 403, 404, 405, 413}


def test_every_page_runs_only_scripts_of_this_server_and_nothing_that_stands_in_it(cast):
    for what, reply in replies(cast):
        if reply.mimetype == "text/html" and reply.status_code not in (301, 302, 308) and reply.data:
            page = Markup(reply.get_data(as_text=True))
            assert page.found == [], what
            assert len(page.import_maps) == 1, what
            digest = base64.b64encode(hashlib.sha256(page.import_maps[0].encode()).digest()).decode()
            assert policy(reply) == {**PAGE_POLICY, "script-src": f"'self' 'sha256-{digest}'"}, what
        reply.close()


@pytest.mark.parametrize(("public_url", "strict"), [(None, False), ("http://localhost", False), ("https://localhost", True)])
def test_only_a_server_that_people_reach_by_https_insists_on_https(make_app, public_url, strict):
    client = make_app(PUBLIC_URL=public_url).test_client()
    for headers in ({}, {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Proto": "http"}, {"Forwarded": "proto=https"}):
        for path in ("/sign-in", "/api/me", "/nowhere", "/static/icon.svg"):
            with client.get(path, headers=headers) as reply:
                found = reply.headers.get("Strict-Transport-Security")
                assert found == ("max-age=31536000; includeSubDomains" if strict else None), (path, headers)


def test_only_a_file_under_the_address_of_its_very_version_is_kept_for_ever(app, client):
    version = app.extensions["assets"].versions["js/main.js"]
    cases = {
        f"?v={version}": "public, max-age=31536000, immutable",
        "": "no-cache",
        "?v=": "no-cache",
        "?v=000000000000": "no-cache",
        "?x=1": "no-cache",
    }
    for query, keeping in cases.items():
        with client.get("/static/js/main.js" + query) as reply:
            assert (reply.status_code, reply.headers["Cache-Control"]) == (200, keeping), query
    with client.get(f"/static/js/nowhere.js?v={version}") as reply:
        assert (reply.status_code, reply.headers["Cache-Control"]) == (404, "no-store")


def test_a_greedy_cache_between_two_people_never_gives_one_what_is_anothers(cast):
    """A cache that keeps whatever HTTP lets it keep (RFC 9111), by address alone."""
    kept = {}
    for who in (cast.ana, cast.ben, cast.dan):
        for path in ("/", "/api/me", "/api/state", "/api/groups", f"/api/groups/{cast.den}/messages", "/api/me/devices", "/static/icon.svg"):
            if path in kept:
                continue
            with who.request("GET", path) as reply:
                rules = reply.headers["Cache-Control"]
                if "no-store" not in rules and "private" not in rules:
                    kept[path] = reply.data
    assert set(kept) == {"/static/icon.svg"}
