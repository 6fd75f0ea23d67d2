"""The door of polls, and of pages that read presence again, at the socket of a gunicorn worker with greenlets: reading a request
and writing an answer takes gunicorn several times as long as the answer.

Only what is plain to the letter is taken here. All else, and whatever goes wrong before the first byte is sent, gunicorn reads
as ever: neither changes anything, so it may be asked twice. Other requests are read here too, but only to be refused when there
is no turn for them (see gate.py): the more are asked, the less may a refusal cost.
"""

import io
import time
from contextlib import closing
from functools import lru_cache, partial

from gunicorn import SERVER, http, util
from gunicorn.http.parser import RequestParser

from ...identity import token_in
from ...updates import poll
from .. import gate
from .plain import PATH
from .poll_door import OK, asked
from .raw_request import plain, whole_other

# Settings of gunicorn by which it does more with a request than to have it answered.
MORE = ("accesslog", "statsd_host", "pre_request", "post_request", "proxy_protocol", "protocol", "certfile", "keyfile", "http2_cleartext")
ALL_SAID = b"0\r\n\r\n"


def install(worker, app):
    """Answer what is plain to a worker at its sockets, unless an operator has gunicorn do more with each request."""
    settings = worker.cfg.settings
    if any(settings[name].get() != settings[name].default for name in MORE):
        return
    door = SocketDoor(worker, app)
    http.get_parser = partial(_parser, http.get_parser, door)
    worker.handle_request = partial(door.handle, worker.handle_request)


class PlainRequest:
    """A request that was read here. ``answer(socket)`` returns whether it was answered. The rest is what gunicorn looks at in a
    request that it read itself."""

    body, proxy_protocol_info = io.BytesIO(), None

    def __init__(self, parser, raw, answer):
        self.parser, self.raw, self.answer = parser, raw, answer

    def should_close(self):
        """Tell whether the connection ends with the answer."""
        return False


class SocketDoor:
    """Reads what is plain and answers it; refuses other requests for which there is no turn."""

    def __init__(self, worker, app):
        self._worker, self._app = worker, app
        self._poll_door, self._hot_door = app.extensions["poll_door"], app.extensions["hot_door"]
        self._admission, self._gate = app.extensions["admission"], app.extensions["gate"]

    def read(self, parser, raw, socket):
        """Return the PlainRequest that these bytes are, or None."""
        answer = self._plain_answer(raw, socket)
        if answer is None:
            method = whole_other(raw)
            answer = self._refused if method and self._admission.line(method).is_full() else None
        return answer and PlainRequest(parser, raw, answer)

    def _plain_answer(self, raw, socket):
        environ = plain(raw)
        if environ is None:
            return None
        environ["gunicorn.socket"] = socket
        return (self._poll if environ["PATH_INFO"] == PATH else self._reading)(environ)

    def handle(self, otherwise, listener, request, socket, address):
        """Answer a request of a connection; ``otherwise`` is how gunicorn does."""
        if isinstance(request, PlainRequest):
            try:
                if self._has_turn() and request.answer(socket):
                    return
            except Exception:
                raise
            except BaseException:  # the worker ends its greenlets, as gunicorn's own way of handling knows too
                return
            request = request.parser.again(request.raw)
        otherwise(listener, request, socket, address)

    def _has_turn(self):
        """Count a request, unless it is one with which the connection ends: gunicorn says so."""
        worker = self._worker
        if not worker.alive or worker.nr + 1 >= worker.max_requests:
            return False
        worker.nr += 1
        return True

    def _refused(self, socket):
        headers, body = self._gate.refusal()
        socket.sendall(head(gate.STATUS, headers) + body)
        return True

    def _poll(self, environ):
        """Return what answers a poll, or None."""
        query, token = asked(environ["QUERY_STRING"]), token_in(environ, self._app.config)
        return partial(self._poll_answered, environ, token, query) if query and token and self._poll_door.is_here(environ) else None

    def _poll_answered(self, environ, token, query, socket):
        try:
            answer = self._poll_door.answer(environ, token, query)
        except Exception:  # who asks again hears what it is
            return False
        self._say(socket, answer)
        return True

    def _reading(self, environ):
        """Return what answers somebody who reads something else, or None."""
        given = self._hot_door.asked(environ)
        return given and partial(self._reading_answered, environ, given)

    def _reading_answered(self, environ, given, socket):
        line = self._admission.line(environ["REQUEST_METHOD"])
        if not line.enter():
            return self._refused(socket)
        try:
            status, headers, body = self._hot_door.answer(environ, *given)
        except Exception:
            return False
        finally:
            line.leave()
        socket.sendall(head(status, headers) + body)
        return True

    def _say(self, socket, answer):
        if isinstance(answer, poll.Batch):
            body = answer.json().encode()
            socket.sendall(head(OK, self._poll_door.headers("one", len(body))) + body)
            return
        start = head(OK, self._poll_door.headers("many"), chunked=True)
        with closing(answer):
            for line in answer:
                socket.sendall(b"%b%X\r\n%b\r\n" % (start, len(line), line))
                start = b""
        socket.sendall(ALL_SAID)


def head(status, headers, *, chunked=False):
    """Return the first bytes of an answer after which the connection goes on, as gunicorn writes them."""
    connection = "keep-alive\r\nTransfer-Encoding: chunked" if chunked else "keep-alive"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status}\r\nServer: {SERVER}\r\nDate: {_date(int(time.time()))}\r\nConnection: {connection}\r\n{lines}\r\n".encode("latin-1")


@lru_cache(maxsize=1)
def _date(second):
    return util.http_date(second)


def _parser(otherwise, door, config, source, address, http2_connection=False):
    return otherwise(config, source, address, http2_connection) if http2_connection else _Parser(door, config, source, address)


class _Parser(RequestParser):
    """Reads the requests of one connection, plain ones by the door."""

    def __init__(self, door, config, source, address):
        super().__init__(config, source, address)
        self._door, self._source = door, source

    def __next__(self):
        """Return the next request. Raises StopIteration at the end."""
        if self.mesg and (self.mesg.should_close() or not self.finish_body()):
            raise StopIteration
        if not self.unreader.buf.getbuffer().nbytes:
            raw = self.unreader.chunk()
            found = self._door.read(self, raw, self._source)
            if found:
                self.req_count += 1
                self.mesg = found
                return found
            self.unreader.unread(raw)
        return super().__next__()

    next = __next__

    def again(self, raw):
        """Return a request that was read here as gunicorn reads it."""
        self.unreader.unread(raw)
        self.mesg = None
        return super().__next__()
