"""The poll's door at the socket of a gunicorn worker with greenlets: reading a request and writing an answer takes gunicorn
several times as long as the answer.

Only what is plain to the letter is taken here. All else, and whatever goes wrong before the first byte is sent, gunicorn reads
as ever: a poll changes nothing, so it may be asked twice. Other requests are read here too, but only to be refused when there
is no turn for them (see gate.py): the more are asked, the less may a refusal cost.
"""

import io
import re
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

HEAD = re.compile(rb"GET /api/updates\?([!-~]{60,400}) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~\x80-\xff]*\r\n){1,100})\r\n")
OTHER = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) /api/(?!updates)[!-~]{1,400} HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~\x80-\xff]*\r\n){1,100})\r\n")
READ = {b"host": "HTTP_HOST", b"authorization": "HTTP_AUTHORIZATION", b"cookie": "HTTP_COOKIE"}
# They say how a request or its answer is framed, or what else is to become of the connection.
LENGTH = b"content-length"
NOT_PLAIN = {LENGTH, b"transfer-encoding", b"te", b"trailer", b"expect", b"upgrade", b"http2-settings", b"keep-alive", b"proxy-connection"}
# Settings of gunicorn by which it does more with a request than to have it answered.
MORE = ("accesslog", "statsd_host", "pre_request", "post_request", "proxy_protocol", "protocol", "certfile", "keyfile", "http2_cleartext")
ALL_SAID = b"0\r\n\r\n"


def install(worker, app):
    """Answer the plain polls of a worker at its sockets, unless an operator has gunicorn do more with each request."""
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
    """Reads plain polls and answers them; refuses other requests for which there is no turn."""

    def __init__(self, worker, app):
        self._worker, self._app, self._poll_door = worker, app, app.extensions["poll_door"]
        self._admission, self._gate = app.extensions["admission"], app.extensions["gate"]

    def read(self, parser, raw, socket):
        """Return the PlainRequest that these bytes are, or None."""
        environ = plain(raw)
        if environ is None:
            method = whole_other(raw)
            return method and self._admission.line(method).is_full() and PlainRequest(parser, raw, self._refused)
        if not self._poll_door.is_here(environ):
            return None
        query, token = asked(environ["QUERY_STRING"]), token_in(environ, self._app.config)
        environ["gunicorn.socket"] = socket
        return query and token and PlainRequest(parser, raw, partial(self._answered, environ, query, token))

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

    def _answered(self, environ, query, token, socket):
        try:
            answer = self._poll_door.answer(environ, token, query)
        except Exception:  # who asks again hears what it is
            return False
        self._say(socket, answer)
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


def plain(raw):
    """Return what a WSGI environment says of a poll, or None for bytes that are anything but one whole plain poll."""
    found = HEAD.fullmatch(raw)
    if found is None:
        return None
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": PATH, "QUERY_STRING": found[1].decode(), "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.multithread": True}
    for name, value in _fields(found[2]):
        if name in NOT_PLAIN or _ends(name, value):
            return None
        if name in READ:
            if READ[name] in environ:
                return None
            environ[READ[name]] = value.decode("latin-1")
    return environ if "HTTP_HOST" in environ else None


def whole_other(raw):
    """Return the method of a request under /api that is all there, with its body, and no poll; else None."""
    found = OTHER.match(raw)
    if found is None:
        return None
    lengths = []
    for name, value in _fields(found[2]):
        if name == LENGTH:
            lengths.append(value)
        elif name in NOT_PLAIN or _ends(name, value):
            return None
    rest = len(raw) - found.end()
    return found[1].decode() if lengths == ([b"%d" % rest] if lengths or rest else []) else None


def _fields(block):
    for line in block.splitlines():
        name, _, value = line.partition(b":")
        yield name.lower(), value.strip(b" \t")


def _ends(name, value):
    return name == b"connection" and value.lower() != b"keep-alive"


def _parser(otherwise, door, config, source, address, http2_connection=False):
    return otherwise(config, source, address, http2_connection) if http2_connection else _Parser(door, config, source, address)


class _Parser(RequestParser):
    """Reads the requests of one connection, plain polls by the door."""

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
