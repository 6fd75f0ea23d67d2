"""The poll's door at the socket of a gunicorn worker with greenlets: reading a request and writing an answer takes gunicorn
several times as long as the answer.

Only what is plain to the letter is taken here. All else, and whatever goes wrong before the first byte is sent, gunicorn reads
as ever: a poll changes nothing, so it may be asked twice.
"""

import io
import re
from contextlib import closing
from functools import partial

from gunicorn import SERVER, http, util
from gunicorn.http.parser import RequestParser

from ...identity import token_in
from ...updates import poll
from .poll_door import PATH, asked

HEAD = re.compile(rb"GET /api/updates\?([!-~]{60,400}) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~\x80-\xff]*\r\n){1,100})\r\n")
READ = {b"host": "HTTP_HOST", b"authorization": "HTTP_AUTHORIZATION", b"cookie": "HTTP_COOKIE"}
# They say how a request or its answer is framed, or what else is to become of the connection.
NOT_PLAIN = {b"content-length", b"transfer-encoding", b"te", b"trailer", b"expect", b"upgrade", b"http2-settings", b"keep-alive", b"proxy-connection"}
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


class PlainPoll:
    """A poll that was read here. The rest is what gunicorn looks at in a request that it read itself."""

    body, proxy_protocol_info = io.BytesIO(), None

    def __init__(self, parser, raw, environ, query, token):
        self.parser, self.raw, self.environ, self.query, self.token = parser, raw, environ, query, token

    def should_close(self):
        """Tell whether the connection ends with the answer."""
        return False


class SocketDoor:
    """Reads plain polls and answers them."""

    def __init__(self, worker, app):
        self._worker, self._app, self._poll_door = worker, app, app.extensions["poll_door"]

    def read(self, parser, raw, socket):
        """Return the PlainPoll that these bytes are, or None."""
        environ = plain(raw)
        if environ is None or not self._poll_door.is_here(environ):
            return None
        query, token = asked(environ["QUERY_STRING"]), token_in(environ, self._app.config)
        environ["gunicorn.socket"] = socket
        return query and token and PlainPoll(parser, raw, environ, query, token)

    def handle(self, otherwise, listener, request, socket, address):
        """Answer a request of a connection; ``otherwise`` is how gunicorn does."""
        if isinstance(request, PlainPoll):
            try:
                if self._answered(request, socket):
                    return
            except Exception:
                raise
            except BaseException:  # the worker ends its greenlets, as gunicorn's own way of handling knows too
                return
            request = request.parser.again(request.raw)
        otherwise(listener, request, socket, address)

    def _answered(self, request, socket):
        answer = self._answer(request)
        if answer is not None:
            self._say(socket, answer)
        return answer is not None

    def _answer(self, request):
        worker = self._worker
        if not worker.alive or worker.nr + 1 >= worker.max_requests:  # gunicorn says that the connection ends
            return None
        worker.nr += 1
        try:
            return self._poll_door.answer(request.environ, request.token, request.query)
        except Exception:  # who asks again hears what it is
            return None

    def _say(self, socket, answer):
        if isinstance(answer, poll.Batch):
            body = answer.json().encode()
            socket.sendall(self._head("one", len(body)) + body)
            return
        head = self._head("many")
        with closing(answer):
            for line in answer:
                socket.sendall(b"%b%X\r\n%b\r\n" % (head, len(line), line))
                head = b""
        socket.sendall(ALL_SAID)

    def _head(self, kind, length=None):
        connection = "keep-alive" if length is not None else "keep-alive\r\nTransfer-Encoding: chunked"
        headers = "".join(f"{name}: {value}\r\n" for name, value in self._poll_door.headers(kind, length))
        head = f"HTTP/1.1 200 OK\r\nServer: {SERVER}\r\nDate: {util.http_date()}\r\nConnection: {connection}\r\n{headers}\r\n"
        return head.encode("latin-1")


def plain(raw):
    """Return what a WSGI environment says of a poll, or None for bytes that are anything but one whole plain poll."""
    found = HEAD.fullmatch(raw)
    if found is None:
        return None
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": PATH, "QUERY_STRING": found[1].decode(), "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.multithread": True}
    for line in found[2].splitlines():
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name in NOT_PLAIN or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
        if name in READ:
            if READ[name] in environ:
                return None
            environ[READ[name]] = value.decode("latin-1")
    return environ if "HTTP_HOST" in environ else None


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
