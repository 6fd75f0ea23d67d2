"""Who asks: from a request's cookie or bearer token to a person and their device. Shared by all doors."""

import re
from functools import cache

from flask import current_app, g, request
from flask.sessions import SessionInterface
from flask_login import UserMixin

from .clock import from_seconds
from .errors import Unauthorized
from .extensions import login_manager
from .rules.addresses import coarse

# The first mark that a User-Agent holds names it: every browser claims to be several others, so the order matters.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))


class SignedIn(UserMixin):
    """What flask_login's ``current_user`` is for somebody who is signed in: ids only, so that it costs no query."""

    def __init__(self, asker):
        self.id = asker.user_id
        self.device_id = asker.device_id


class NoSession(SessionInterface):
    """Flask's own session cookie, which this program never uses: nothing is read or written."""

    def open_session(self, app, request):
        """Return no session."""

    def save_session(self, app, session, response):
        """Keep nothing."""


def install(app):
    """Let flask_login find the person by our own device tokens: its own session cookie is never made."""
    app.session_interface = NoSession()
    app.config["SESSION_PROTECTION"] = None

    @login_manager.request_loader
    def _load(_request):
        found = asker()
        return found and SignedIn(found)


def cookie_name(config):
    """Return the session cookie's name: bound to this host (``__Host-``) where people reach the server by https."""
    return "__Host-chatapp" if _secure(config) else "chatapp"


def token_in(environ, config):
    """Return the device token of a WSGI request, from ``Authorization: Bearer`` or the cookie, or None."""
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    found = _in_cookies(cookie_name(config)).search(environ.get("HTTP_COOKIE", ""))
    return found and found[1]


@cache
def _in_cookies(name):
    """Return what finds our cookie's value. All polls pass here, and a parser of everything that cookies may hold takes its time."""
    return re.compile(rf"(?:^|;) *{re.escape(name)}=([A-Za-z0-9_-]+) *(?:;|$)")


def asker():
    """Return the Asker of this request, or None when nobody is signed in. From memory where the device is remembered."""
    if "asker" not in g:
        given = token_in(request.environ, current_app.config)
        try:
            g.asker = current_app.extensions["feed"].asker(given) if given else None
        except Unauthorized:
            g.asker = None
    return g.asker


def require_asker():
    """Return the Asker of this request, whose device is used by it. Raises Unauthorized."""
    found = asker()
    if found is None:
        raise Unauthorized
    current_app.extensions["beats"].used(found.device_id)
    return found


def sign_in_cookie(response, device_token, expires):
    """Put a device's token into the browser until ``expires`` (an aware datetime). Returns the response."""
    return _set_cookie(response, device_token, expires)


def sign_out_cookie(response):
    """Take the token out of the browser. Returns the response."""
    return _set_cookie(response, "", from_seconds(0))


def _set_cookie(response, value, expires):
    config = current_app.config
    response.set_cookie(cookie_name(config), value, expires=expires, secure=_secure(config), httponly=True, samesite="Lax", path="/")
    return response


def _secure(config):
    return (config["PUBLIC_URL"] or "").startswith("https://")


def new_device():
    """Return (what to call the asking device, as people recognise it, where it is): ("Firefox on Linux", "203.0.113.x")."""
    agent = request.user_agent.string
    browser = next((name for mark, name in BROWSERS if mark in agent), "Script")
    system = next((name for mark, name in SYSTEMS if mark in agent), None)
    return f"{browser} on {system}" if system else browser, coarse(request.remote_addr)
