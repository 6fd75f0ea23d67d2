"""The door before Flask of what is written most often: Flask takes longer than the deed.

The same views answer as behind Flask, with the same bytes. Flask takes whatever is not plain here: other content types,
parameters, what may come from another site.
"""

import re
from http import HTTPStatus

from ...config import MAX_BODY_BYTES
from ...identity import token_in
from . import directs, messages, presence
from .layer import read_json, written
from .plain import JSON

HOT = (messages.send_group_message, directs.send_direct_message, presence.beat)
NAMED = re.compile(r"<(\w+)>")
STATUS = {one.value: f"{one.value} {one.phrase.upper()}" for one in (HTTPStatus.OK, HTTPStatus.CREATED)}


class HotDoor:
    """A WSGI application: the hot routes here, everything else by ``flask``. The body must have been read (see gate.py)."""

    def __init__(self, app, plain):
        self._app, self.flask, self._plain = app, app.wsgi_app, plain
        self._routes = [(_pattern(view.declaration["rule"]), view.declaration) for view in HOT]

    def __call__(self, environ, start_response):
        """Answer a request."""
        declaration, names = self._found(environ)
        token = declaration and self._is_plain(environ) and token_in(environ, self._app.config)
        if not token:
            return self.flask(environ, start_response)
        try:
            with self._app.app_context():
                answer, status = self._answer(token, environ["wsgi.input"].getvalue(), declaration, names)
        except Exception as error:
            return self._plain.error(error, environ, start_response)
        body = written(answer).encode()
        start_response(STATUS[status], self._plain.headers("one", len(body)))
        return [body]

    def _found(self, environ):
        if environ["REQUEST_METHOD"] == "POST":
            for pattern, declaration in self._routes:
                if found := pattern.fullmatch(environ["PATH_INFO"]):
                    return declaration, found.groupdict()
        return None, None

    def _is_plain(self, environ):
        return (
            environ.get("CONTENT_TYPE") == JSON
            and not environ.get("QUERY_STRING")
            and "HTTP_TRANSFER_ENCODING" not in environ
            and environ.get("HTTP_SEC_FETCH_SITE", "" if "HTTP_ORIGIN" in environ else "same-origin") == "same-origin"
            and self._plain.is_host(environ)
            and _is_whole(environ)
        )

    def _answer(self, token, raw, declaration, names):
        """Return (answer, status), as a view that Flask asks has it."""
        asker = self._app.extensions["feed"].asker(token)
        self._app.extensions["beats"].used(asker.device_id)
        answer = declaration["view"](asker=asker, body=read_json(declaration["body"], raw), **names)
        return answer if isinstance(answer, tuple) else (answer, declaration["status"])


def _pattern(rule):
    return re.compile("/api" + NAMED.sub(r"(?P<\1>[0-9a-f-]{36})", rule))


def _is_whole(environ):
    length = len(environ["wsgi.input"].getvalue())
    return length <= MAX_BODY_BYTES and environ.get("CONTENT_LENGTH") == str(length)
