"""The door before Flask of what is asked most often beside the poll: Flask takes longer than the deed.

The same views answer as behind Flask, with the same bytes. Flask takes whatever is not plain here: other content types,
parameters or escapes, what may come from another site.
"""

import re
from http import HTTPStatus
from urllib.parse import parse_qs

from ...config import MAX_BODY_BYTES
from ...identity import token_in
from ...json_text import json_text
from . import directs, messages, presence
from .layer import MOST_QUERY_CHARACTERS, read_json, read_query
from .plain import JSON

HOT = (messages.send_group_message, directs.send_direct_message, presence.beat, presence.list_presence)
NAMED = re.compile(r"<(\w+)>")
PLAIN_QUERY = re.compile("(?:[A-Za-z0-9_.,=&-]++|%2C)*+")  # a comma that a browser wrote is the only escape
STATUS = {one.value: f"{one.value} {one.phrase.upper()}" for one in (HTTPStatus.OK, HTTPStatus.CREATED)}


class HotDoor:
    """A WSGI application: the hot routes here, everything else by ``flask``. A body must have been read (see gate.py)."""

    def __init__(self, app, plain):
        self._app, self.flask, self._plain = app, app.wsgi_app, plain
        self._routes = {}
        for declaration in (view.declaration for view in HOT):
            self._routes.setdefault(declaration["method"], []).append((_pattern(declaration["rule"]), declaration))
        app.extensions["hot_door"] = self

    def __call__(self, environ, start_response):
        """Answer a request."""
        asked = self.asked(environ)
        if asked is None:
            return self.flask(environ, start_response)
        try:
            status, headers, body = self.answer(environ, *asked)
        except Exception as error:
            return self._plain.error(error, environ, start_response)
        start_response(status, headers)
        return [body]

    def asked(self, environ):
        """Return (token, declaration of the route, ids in the path) of a request for this door, or None: then Flask takes it."""
        declaration, names = self._found(environ)
        token = declaration and self._is_plain(environ) and token_in(environ, self._app.config)
        return (token, declaration, names) if token else None

    def answer(self, environ, token, declaration, names):
        """Return (status, headers, body) for what was ``asked``. Raises what Flask would turn into a reply."""
        with self._app.app_context():
            asker = self._app.extensions["feed"].asker(token)
            self._app.extensions["beats"].used(asker.device_id)
            answer = declaration["view"](asker=asker, **_given(environ, declaration), **names)
        said, status = answer if isinstance(answer, tuple) else (answer, declaration["status"])
        body = json_text(said).encode()
        return STATUS[status], self._plain.headers("one", len(body)), body

    def _found(self, environ):
        for pattern, declaration in self._routes.get(environ["REQUEST_METHOD"], ()):
            if found := pattern.fullmatch(environ["PATH_INFO"]):
                return declaration, found.groupdict()
        return None, None

    def _is_plain(self, environ):
        return self._plain.is_host(environ) and (_asks if environ["REQUEST_METHOD"] == "GET" else _writes)(environ)


def _pattern(rule):
    return re.compile("/api" + NAMED.sub(r"(?P<\1>[0-9a-f-]{36})", rule))


def _asks(environ):
    query = environ.get("QUERY_STRING", "")
    return len(query) <= MOST_QUERY_CHARACTERS and PLAIN_QUERY.fullmatch(query)


def _writes(environ):
    length = len(environ["wsgi.input"].getvalue())
    return (
        environ.get("CONTENT_TYPE") == JSON
        and not environ.get("QUERY_STRING")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and environ.get("HTTP_SEC_FETCH_SITE", "" if "HTTP_ORIGIN" in environ else "same-origin") == "same-origin"
        and length <= MAX_BODY_BYTES
        and environ.get("CONTENT_LENGTH") == str(length)
    )


def _given(environ, declaration):
    if declaration["body"] is None:
        return {"query": read_query(declaration["query"], parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True))}
    return {"body": read_json(declaration["body"], environ["wsgi.input"].getvalue())}
