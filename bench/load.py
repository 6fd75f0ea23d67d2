"""A load generator: keep-alive connections that each ask, wait for the answer, and ask again. One thread, raw sockets, so that
it takes little of the two cores that it shares with the server."""

import re
import select
import socket
import time
from dataclasses import dataclass, field

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TIMEOUT = 30


@dataclass
class Result:
    """What came back: answers by status, seconds each took (sorted), and how long all of it took."""

    seconds: float = 0
    statuses: dict = field(default_factory=dict)
    latencies: list = field(default_factory=list)

    @property
    def rate(self):
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share):
        """Return the seconds within which so large a share of the answers came (0 to 1)."""
        return percentile(self.latencies, share)


def percentile(ordered, share):
    """Return the value below which a share (0 to 1) of the ordered values lies."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def spread(values):
    """Return "median (least to most)" of some values."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.3g} ({ordered[0]:.3g} to {ordered[-1]:.3g})"


def connect(port):
    """Return a new connection to the server, whose small requests go out at once."""
    made = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def closed_loop(port, request, connections, seconds, check=None):
    """Ask on so many connections for so long. ``request(number)`` returns the bytes of the next request of a connection,
    ``check(body)`` is called with each 2xx answer's body. Returns a Result. Raises OSError when the server hangs up."""
    poller, open_ones = select.epoll(), {}
    for number in range(connections):
        one = _Connection(port, number)
        open_ones[one.socket.fileno()] = one
        poller.register(one.socket, select.EPOLLIN)
    result, begun = Result(), time.perf_counter()
    until = begun + seconds
    for one in open_ones.values():
        one.ask(request(one.number))
    waiting = len(open_ones)
    while waiting:
        ready = poller.poll(TIMEOUT)
        if not ready:
            raise TimeoutError("the server does not answer")
        for descriptor, _ in ready:
            one = open_ones[descriptor]
            answer = one.take()
            if answer is None:
                continue
            now = time.perf_counter()
            status, body = answer
            result.statuses[status] = result.statuses.get(status, 0) + 1
            result.latencies.append(now - one.asked)
            if check and status < 300:
                check(body)
            if now < until:
                one.ask(request(one.number))
            else:
                waiting -= 1
    result.seconds = time.perf_counter() - begun
    result.latencies.sort()
    for one in open_ones.values():
        one.socket.close()
    return result


class _Connection:
    def __init__(self, port, number):
        self.number, self.asked, self._received = number, 0.0, b""
        self.socket = connect(port)

    def ask(self, request):
        self.asked = time.perf_counter()
        self.socket.sendall(request)

    def take(self):
        """Return (status, body) when the answer is complete, else None."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionResetError("the server hung up")
        found = whole(self._received + part)
        self._received = b"" if found else self._received + part
        return found


def whole(received):
    """Return (status, body) of an answer that is complete, to a connection on which only one is under way; else None."""
    end = received.find(b"\r\n\r\n")
    length = LENGTH.search(received, 0, end) if end >= 0 else None
    if length is None or len(received) < end + 4 + int(length[1]):
        return None
    return int(received[9:12]), received[end + 4 :]


def http(method, path, token, body=None):
    """Return the bytes of a request with a bearer token."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")
