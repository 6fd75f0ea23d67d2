"""What the doors before Flask share: they say what Flask would say, in the same words."""

from urllib.parse import urlsplit

from flask import Response

PATH = "/api/updates"
JSON = "application/json"


class Plain:
    """Of one application. ``like`` maps each kind of answer to (content type, headers of its own)."""

    def __init__(self, app, like):
        self._app, self._like = app, {"one": (JSON, {}), **like}
        self._host = urlsplit(app.config["PUBLIC_URL"] or "").netloc
        self._headers = {}

    def is_host(self, environ):
        """Tell whether a request is for this server by the name that it has, if it has one."""
        return self._host in ("", environ.get("HTTP_HOST"))

    def headers(self, kind, length=None):
        """Return the headers of an answer: of "one" JSON text whose length is known, or of another kind."""
        if kind not in self._headers:
            self._headers[kind] = self._learn(*self._like[kind])
        first, *others = self._headers[kind]
        return [first, *others] if length is None else [first, ("Content-Length", str(length)), *others]

    def error(self, error, environ, start_response):
        """Answer with an error as Flask tells it."""
        with self._app.request_context(environ):
            return self._app.finalize_request(self._app.handle_user_exception(error))(environ, start_response)

    def _learn(self, kind, more):
        """Return the headers that Flask gives such a reply."""
        with self._app.test_request_context(PATH):
            response = self._app.process_response(Response(headers=more, mimetype=kind))
            return [(name, value) for name, value in response.headers if name != "Content-Length"]
