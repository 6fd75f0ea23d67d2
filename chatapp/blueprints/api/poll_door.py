"""The poll's door before Flask: what most clients ask most of the time needs nothing that Flask would add, and Flask costs
more than the answer.

The route in updates.py gives the same bytes. It takes whatever is not plain here: other methods, escapes, parameters to be
refused.
"""

import re
from http import HTTPStatus
from ssl import SSLSocket
from typing import NamedTuple

from ...greenlets import patched
from ...identity import token_in
from ...updates import OpenAnswer, poll
from .plain import PATH
from .updates import STREAM_HEADERS, STREAM_TYPE, told

PLAIN = {
    "since": re.compile(r"[A-Za-z0-9_-]{60}"),
    "wait": re.compile(r"[0-9]{1,2}(\.[0-9]{1,6})?"),
    "stream": re.compile("[01]"),
    "device": re.compile("[A-Za-z0-9_-]{1,64}"),
}
LIKE = {"many": (STREAM_TYPE, STREAM_HEADERS)}
OK = f"{HTTPStatus.OK.value} {HTTPStatus.OK.phrase}"


class Asked(NamedTuple):
    """What a plain poll asks for; see updates.UpdatesQuery."""

    since: str
    wait: float
    stream: bool
    device: str | None


class PollDoor:
    """A WSGI application: polls here, everything else by ``flask``."""

    def __init__(self, app, plain):
        self._app, self.flask, self._plain = app, app.wsgi_app, plain
        app.extensions["poll_door"] = self

    def __call__(self, environ, start_response):
        """Answer a request."""
        if not self.is_here(environ):
            return self.flask(environ, start_response)
        query, token = asked(environ["QUERY_STRING"]), token_in(environ, self._app.config)
        if query is None or token is None:
            return self.flask(environ, start_response)
        try:
            answer = self.answer(environ, token, query)
        except Exception as error:
            return self._plain.error(error, environ, start_response)
        return self._reply(answer, start_response)

    def is_here(self, environ):
        """Tell whether a request is for this door."""
        return environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "GET" and self._plain.is_host(environ)

    def answer(self, environ, token, query):
        """Return a poll's answer: a Batch, or the encoded lines of a stream. Raises what ``updates.told`` does."""
        asker = self._app.extensions["feed"].asker(token)
        self._app.extensions["beats"].used(asker.device_id)
        open_answer = opened(environ) if query.stream else None
        return told(self._app, asker, token, query, holds=environ["wsgi.multithread"], open_answer=open_answer)

    def headers(self, kind, length=None):
        """Return the headers of an answer, of "one" batch whose length is known or of "many"."""
        return self._plain.headers(kind, length)

    def _reply(self, answer, start_response):
        if not isinstance(answer, poll.Batch):
            start_response(OK, self.headers("many"))
            return answer
        body = answer.json().encode()
        start_response(OK, self.headers("one", len(body)))
        return [body]


def opened(environ):
    """Return what may write to a request's answer beside the server, or None where that is not known to be safe: only
    greenlets take turns where they please, and only gunicorn says which socket it is and how it frames an answer."""
    socket = environ.get("gunicorn.socket")
    plain = socket is not None and not isinstance(socket, SSLSocket) and environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    return OpenAnswer(socket) if plain and patched() else None


def asked(query_string):
    """Return what a plain query string asks for, or None: then Flask reads it, and says what is wrong with it."""
    given = {}
    for part in query_string.split("&"):
        name, _, value = part.partition("=")
        plain = PLAIN.get(name)
        if plain is None or name in given or not plain.fullmatch(value):
            return None
        given[name] = value
    wait = float(given.get("wait", 0))
    if "since" not in given or wait > poll.MOST_WAIT_SECONDS:
        return None
    return Asked(given["since"], wait, given.get("stream") == "1", given.get("device"))
