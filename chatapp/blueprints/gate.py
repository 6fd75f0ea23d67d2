"""The gate before Flask: more requests than can be done soon are refused here, where a refusal costs a fraction of what Flask
takes. Polls do not pass it: they are asked to pause instead."""

import io
from http import HTTPStatus

from ..config import MAX_BODY_BYTES
from ..errors import Overloaded
from .api.plain import PATH as POLL_PATH
from .errors import domain_error

GUARDED = "/api/"
STATUS = f"{Overloaded.status} {HTTPStatus(Overloaded.status).phrase}"


def install(app):
    """Put the gate before the application."""
    app.extensions["gate"] = app.wsgi_app = Gate(app)


class Gate:
    """A WSGI application that lets requests through to Flask as long as there is a turn for them."""

    def __init__(self, app):
        self._app, self._flask, self._admission = app, app.wsgi_app, app.extensions["admission"]
        self._refusal = None

    def __call__(self, environ, start_response):
        """Answer a request."""
        path = environ["PATH_INFO"]
        if not path.startswith(GUARDED) or path == POLL_PATH:
            return self._flask(environ, start_response)
        environ["wsgi.input"] = _whole_body(environ)
        line = self._admission.line(environ["REQUEST_METHOD"])
        if not line.enter():
            headers, body = self.refusal()
            start_response(STATUS, headers)
            return [body]
        try:
            return self._flask(environ, start_response)
        finally:
            line.leave()

    def refusal(self):
        """Return (headers, body) of the reply to somebody for whom there is no turn."""
        if self._refusal is None:
            with self._app.test_request_context(GUARDED):
                reply = self._app.process_response(domain_error(Overloaded()))
                self._refusal = [one for one in reply.headers if one[0] != "Retry-After"], reply.get_data()
        headers, body = self._refusal
        return [*headers, ("Retry-After", str(self._admission.retry_after()))], body


def _whole_body(environ):
    """Return a request's body, read: nobody who writes slowly is to take up a turn. Of one that is too long, enough to see that."""
    most = MAX_BODY_BYTES + 1
    if "HTTP_TRANSFER_ENCODING" not in environ:
        most = min(int(environ.get("CONTENT_LENGTH") or 0), most)
    return io.BytesIO(environ["wsgi.input"].read(most))
