"""The named cast behind a real server, talked to as browsers do: by HTTP, one connection a request."""

import contextlib
import http.client
import json
import threading
import time
import uuid

import pytest

SOON_SECONDS = 4  # a connection to a database is given up after 3 s


class Town:
    """A served chat; ``ask`` talks to it as ``who``."""

    def __init__(self, server, cast, url):
        self.server, self.cast, self.url = server, cast, url

    def ask(self, who, method, path, body=None, timeout=30):
        """Return (status, headers, body as text, seconds it took)."""
        return ask(self.server, who, method, path, body, timeout)

    def cursor(self, who):
        return json.loads(self.ask(who, "GET", "/api/state")[2])["cursor"]

    def say(self, who, text, client_id=None):
        body = {"client_id": client_id or str(uuid.uuid4()), "content": text}
        return self.ask(who, "POST", f"/api/groups/{self.cast.den}/messages", body)

    def hear(self, who, cursor, most):
        """Return the texts of the next so many messages after a cursor, by polls as a page makes them."""
        heard = []
        while len(heard) < most:
            status, _, body, _ = self.ask(who, "GET", f"/api/updates?since={cursor}&wait=5")
            assert status == 200, body
            answer = json.loads(body)
            assert answer["events"], f"{len(heard)} of {most} heard"
            heard += [one["data"]["message"]["content"] for one in answer["events"]]
            cursor = answer["cursor"]
        return heard

    def said(self):
        """Return the texts of the den, by a fresh look."""
        return [
            one["content"] for one in json.loads(self.ask(self.cast.ana, "GET", f"/api/groups/{self.cast.den}/messages?limit=100")[2])["messages"]
        ]


def ask(server, who, method, path, body=None, timeout=30):
    """Return (status, headers, body as text, seconds) of one request on a connection of its own."""
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {who.token}"} if who else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)) as connection:
        connection.request(method, path, body and json.dumps(body), headers)
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read().decode(), time.monotonic() - started


def is_away(answer, within=SOON_SECONDS):
    """Fail unless an answer says that the database is away, in the way its reader understands."""
    status, headers, body, seconds = answer
    assert status == 503, (status, body)
    assert 1 <= int(headers["Retry-After"]) <= 10
    assert seconds < within
    if headers["Content-Type"].startswith("text/html"):
        assert "Back in a moment" in body
        assert headers["Cache-Control"] == "no-store"
    else:
        assert headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["code"] == "unavailable"


def until(check, seconds):
    """Wait until a check holds; fail with what it says last."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except (AssertionError, pytest.fail.Exception):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def in_background(function, *arguments):
    """Start a call; return a function that waits for what it returns."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function(*arguments)))
    thread.start()

    def end():
        thread.join(40)
        return found[0]

    return end
