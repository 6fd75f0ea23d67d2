"""The door of sends before Flask: what is written most often takes Flask longer than the deed.

The routes in messages.py and directs.py give the same bytes. They take whatever is not plain here: other content types,
parameters, what may come from another site.
"""

import re
from http import HTTPStatus

from ...actions import messages
from ...config import MAX_BODY_BYTES
from ...identity import token_in
from .inputs import NewMessage
from .layer import read_json, written
from .plain import JSON

PATH = re.compile(r"/api/(groups|users)/([0-9a-f-]{36})/messages")
PLACES = {"groups": "group_id", "users": "partner_id"}
STATUS = {is_new: f"{status.value} {status.phrase.upper()}" for is_new, status in ((True, HTTPStatus.CREATED), (False, HTTPStatus.OK))}


class SendDoor:
    """A WSGI application: messages here, everything else by ``flask``. The body must have been read (see gate.py)."""

    def __init__(self, app, plain):
        self._app, self.flask, self._plain = app, app.wsgi_app, plain

    def __call__(self, environ, start_response):
        """Answer a request."""
        found = PATH.fullmatch(environ["PATH_INFO"])
        token = found and self._is_plain(environ) and token_in(environ, self._app.config)
        if not token:
            return self.flask(environ, start_response)
        try:
            with self._app.app_context():
                sent, is_new = self._send(token, environ["wsgi.input"].getvalue(), PLACES[found[1]], found[2])
        except Exception as error:
            return self._plain.error(error, environ, start_response)
        body = written({"message": sent}).encode()
        start_response(STATUS[is_new], self._plain.headers("one", len(body)))
        return [body]

    def _is_plain(self, environ):
        return (
            environ["REQUEST_METHOD"] == "POST"
            and environ.get("CONTENT_TYPE") == JSON
            and not environ.get("QUERY_STRING")
            and "HTTP_TRANSFER_ENCODING" not in environ
            and environ.get("HTTP_SEC_FETCH_SITE", "" if "HTTP_ORIGIN" in environ else "same-origin") == "same-origin"
            and self._plain.is_host(environ)
            and _is_whole(environ)
        )

    def _send(self, token, raw, kind, place):
        asker = self._app.extensions["feed"].asker(token)
        self._app.extensions["beats"].used(asker.device_id)
        body = read_json(NewMessage, raw)
        return messages.send_message(asker.user_id, str(body.client_id), body.content, **{kind: place})


def _is_whole(environ):
    length = len(environ["wsgi.input"].getvalue())
    return length <= MAX_BODY_BYTES and environ.get("CONTENT_LENGTH") == str(length)
