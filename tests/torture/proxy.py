"""A TCP proxy on loopback that loses, halves and delays. One thread pumps bytes for all connections and reads no HTTP:
a request begins with the first bytes of a client after an answer, so clients must not send one before the other is answered.

What may happen to a request, by rates between 0 and 1 that add up to 1 at most:

    refuse          the connection is reset as soon as it is made (a rate of connections, not of requests)
    drop_request    reset; the server never sees the request
    drop_answer     the server works and answers; the answer is thrown away and the client reset
    half_answer     a part of the answer, at most all but one byte, then a reset
    delay_answer    the whole answer, 0.2 to 3 s late
"""

import collections
import contextlib
import heapq
import itertools
import random
import select
import socket
import struct
import threading
import time

VERDICTS = ("drop_request", "drop_answer", "half_answer", "delay_answer")
KINDS = ("refuse", *VERDICTS)
DELAY_SECONDS = (0.2, 3)
CHUNK_BYTES = 65_536
# How many chunks pass before the one that is cut: heads, bodies and the later lines of a stream each come to be cut.
PASSED_CHUNKS = (0, 0, 1, 1, 2, 3)
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """A door of its own on ``port`` to the server on ``target_port``.

    ``counts`` says how often each kind was really injected, ``cut`` being the connections that cut_all() reset, and
    ``passed`` how many requests there were in all.
    """

    def __init__(self, target_port, seed=0, delay_seconds=DELAY_SECONDS):
        self.target_port = target_port
        self.counts = dict.fromkeys((*KINDS, "cut", "passed"), 0)
        self._delay_seconds = delay_seconds
        self._random = random.Random(seed)
        self._rates = dict.fromkeys(KINDS, 0)
        self._steps = ()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._bell, self._ear = socket.socketpair()
        self._orders = collections.deque()
        self._sides, self._timers, self._numbers = {}, [], itertools.count()
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._ear, select.EPOLLIN)
        self._running = True
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()

    def set_rates(self, **rates):
        """Change the rates; what is not named becomes 0. Requests under way keep the verdict they have."""
        self._rates = dict.fromkeys(KINDS, 0) | rates
        if self._rates.keys() != set(KINDS):
            raise ValueError(f"the kinds are {KINDS}, not {tuple(rates)}")
        ladder = list(itertools.accumulate(self._rates[kind] for kind in VERDICTS))
        self._steps = tuple(zip(ladder, VERDICTS, strict=True)) if ladder[-1] else ()

    def rates(self):
        """Return the rates that hold now."""
        return dict(self._rates)

    def calm(self):
        """Let everything pass from now on."""
        self.set_rates()

    def cut_all(self):
        """Reset every open connection, on both sides. Returns how many there were."""
        return self._ask(self._cut)

    def connections(self):
        """Return how many connections are open."""
        return self._ask(lambda: len(self._sides) // 2)

    def close(self):
        """End the proxy and every connection."""
        if self._thread.is_alive():
            self._ask(self._end)
        self._thread.join(10)
        for thing in (self._listener, self._bell, self._ear, self._epoll):
            thing.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _ask(self, order):
        """Return what ``order`` returns in the thread of the proxy."""
        answer, done = [], threading.Event()
        self._orders.append(lambda: (answer.append(order()), done.set()))
        self._bell.send(b"!")
        if not done.wait(10):
            raise RuntimeError("the proxy does not answer")
        return answer[0]

    # From here on everything runs in the proxy's own thread.

    def _run(self):
        while self._running:
            left = self._timers[0][0] - time.monotonic() if self._timers else None
            for descriptor, mask in self._epoll.poll(None if left is None else max(left, 0)):
                if descriptor == self._listener.fileno():
                    self._accept()
                elif descriptor == self._ear.fileno():
                    self._obey()
                elif descriptor in self._sides:  # else an earlier event of this round ended it
                    self._serve(self._sides[descriptor], mask)
            while self._timers and self._timers[0][0] <= time.monotonic():
                self._deliver(*heapq.heappop(self._timers)[2:])

    def _obey(self):
        self._ear.recv(64)
        while self._orders:
            self._orders.popleft()()

    def _end(self):
        self._running = False
        self._cut()

    def _cut(self):
        pairs = {side.pair for side in self._sides.values()}
        for pair in pairs:
            self._drop(pair, reset_server=True)
        self.counts["cut"] += len(pairs)
        return len(pairs)

    def _accept(self):
        try:
            client, _ = self._listener.accept()
        except OSError:  # whoever came has gone again, or there are no descriptors left just now
            time.sleep(0.001)
            return
        if self._rates["refuse"] and self._random.random() < self._rates["refuse"]:
            _reset(client)
            self.counts["refuse"] += 1
            return
        server = socket.socket()
        for one in (client, server):
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.connect_ex(("127.0.0.1", self.target_port))  # a failure shows when it is first read
        pair = _Pair(client, server)
        for side in (pair.client, pair.server):
            self._sides[side.descriptor] = side
            self._watch(side)

    def _serve(self, side, mask):
        try:
            if mask & select.EPOLLOUT:
                self._send(side, b"")
            if mask & ~select.EPOLLOUT and side.pair.open and side.reads():
                self._pump(side)
        except OSError:
            self._drop(side.pair)

    def _pump(self, side):
        try:
            data = side.socket.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        if not data:
            side.ended = True
            self._send(side.other, b"")
            self._watch(side)
        elif side is side.pair.client:
            self._pass_request(side.pair, data)
        else:
            self._pass_answer(side.pair, data)

    def _pass_request(self, pair, data):
        if not pair.asking:
            pair.asking, pair.verdict = True, self._judge()
            pair.chunks_to_pass = self._random.choice(PASSED_CHUNKS) if pair.verdict == "half_answer" else 0
            self.counts["passed"] += 1
        if pair.verdict == "drop_request":
            self._inject(pair)
        else:
            self._send(pair.server, data)

    def _pass_answer(self, pair, data):
        pair.asking = False
        if pair.verdict is None:
            self._send(pair.client, data)
        elif pair.verdict == "drop_answer":
            self._inject(pair)
        elif pair.verdict == "delay_answer":
            pair.server.held = True
            self._watch(pair.server)
            heapq.heappush(self._timers, (time.monotonic() + self._random.uniform(*self._delay_seconds), next(self._numbers), pair, data))
        elif pair.chunks_to_pass:
            pair.chunks_to_pass -= 1
            self._send(pair.client, data)
        else:
            self._send(pair.client, data[: self._random.randrange(len(data))])
            self._inject(pair)

    def _deliver(self, pair, data):
        if pair.open:
            self.counts["delay_answer"] += 1
            pair.verdict, pair.server.held = None, False
            try:
                self._send(pair.client, data)
                self._watch(pair.server)
            except OSError:
                self._drop(pair)

    def _judge(self):
        if not self._steps:
            return None
        drawn = self._random.random()
        return next((verdict for step, verdict in self._steps if drawn < step), None)

    def _inject(self, pair):
        self.counts[pair.verdict] += 1
        self._drop(pair)

    def _send(self, side, data):
        """Send to a side what is left and then ``data``; where it takes no more, its other side is not read meanwhile."""
        side.unsent += data
        if side.unsent:
            with contextlib.suppress(BlockingIOError):
                del side.unsent[: side.socket.send(side.unsent)]
        if not side.unsent and side.other.ended and not side.told:
            side.told = True
            side.socket.shutdown(socket.SHUT_WR)
        if side.told and side.other.told:
            self._drop(side.pair, gently=True)
        else:
            self._watch(side)
            self._watch(side.other)

    def _watch(self, side):
        if not side.pair.open:
            return
        mask = select.EPOLLIN * side.reads() | select.EPOLLOUT * bool(side.unsent)
        if mask != side.mask:  # one without a wish is taken out: a hang-up would be told again and again
            if not mask:
                self._epoll.unregister(side.descriptor)
            elif not side.mask:
                self._epoll.register(side.descriptor, mask)
            else:
                self._epoll.modify(side.descriptor, mask)
            side.mask = mask

    def _drop(self, pair, gently=False, reset_server=False):
        """End a pair: by a reset of the client, unless both sides had said that they are done."""
        if pair.open:
            pair.open = False
            for side in (pair.client, pair.server):
                del self._sides[side.descriptor]
                if side.mask:
                    self._epoll.unregister(side.descriptor)
                if not gently and (reset_server or side is pair.client):
                    _reset(side.socket)
                side.socket.close()


class _Pair:
    """A connection: the client's side and the server's."""

    def __init__(self, client, server):
        self.client, self.server = _Side(self, client), _Side(self, server)
        self.client.other, self.server.other = self.server, self.client
        self.open, self.asking, self.verdict, self.chunks_to_pass = True, False, None, 0


class _Side:
    __slots__ = ("pair", "socket", "descriptor", "other", "unsent", "ended", "told", "held", "mask")

    def __init__(self, pair, connection):
        self.pair, self.socket, self.descriptor = pair, connection, connection.fileno()
        self.unsent, self.mask = bytearray(), 0
        self.ended = self.told = self.held = False  # ended: it sends no more; told: it was told that the other sends no more

    def reads(self):
        """Tell whether what this side sends is wanted now."""
        return not (self.ended or self.held or self.other.unsent)


def _reset(connection):
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()
