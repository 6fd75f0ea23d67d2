"""Browsers as the server sees them: an address, a cookie jar, and passwords to sign in with."""

import threading

import sqlalchemy as sa
from cast import PASSWORD

from chatapp.actions.transaction import transaction
from chatapp.extensions import db
from chatapp.models import User
from chatapp.passwords import hash_password

NEW_PASSWORD = "staple paper anchors"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Browser:
    """A browser without an account at first. It talks to one application; ``at`` moves it to another worker."""

    def __init__(self, app, address="192.0.2.1", agent=FIREFOX):
        self.app, self.address = app, address
        self.client = app.test_client()
        self._headers = {"User-Agent": agent}

    def at(self, app):
        """Return the same browser, its cookies and address, talking to another worker."""
        moved = Browser(app, self.address)
        moved._headers = self._headers
        if self.cookie:
            moved.client.set_cookie("chatapp", self.cookie)
        return moved

    @property
    def cookie(self):
        """The device's token in the cookie jar, or None."""
        found = self.client.get_cookie("chatapp")
        return found and found.value

    def open(self, method, path, body=None, **headers):
        """Return the reply to one request."""
        origin = {"REMOTE_ADDR": self.address}
        return self.client.open(path, method=method, json=body, headers=self._headers | headers, environ_overrides=origin)

    def call(self, method, path, body=None, status=200):
        """Return a reply's JSON after checking its status."""
        reply = self.open(method, path, body)
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.get_data(as_text=True)[:500]}"
        return reply.get_json() if reply.data else None

    def sign_in(self, login, password=PASSWORD, status=201):
        """Sign in, or try to."""
        return self.call("POST", "/api/session", {"login": login, "password": password}, status)

    def signed_in(self):
        """Tell whether this browser's cookie is good."""
        return self.open("GET", "/api/me").status_code == 200


def give_password(person, password=PASSWORD, hashed=None):
    """Let somebody of the cast sign in with a password."""
    with person.app.app_context(), transaction():
        hashed = hashed or hash_password(password)
        db.session.execute(sa.update(User).where(User.id == person.id).values(password=hashed))


def at_once(*calls):
    """Run functions in threads that start at the same instant; return what they returned, in their order."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        start.wait()
        answers[place] = call()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    return answers
