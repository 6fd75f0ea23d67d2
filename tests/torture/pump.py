"""Bytes between clients and a server: one thread and one epoll for all connections. What becomes of them proxy.py decides."""

import collections
import contextlib
import heapq
import itertools
import select
import socket
import struct
import threading
import time

CHUNK_BYTES = 65_536
ANSWERS_WITHIN_SECONDS = 10
RESET = struct.pack("ii", 1, 0)


class Pump:
    """Listens on ``port``, connects clients to the ``target_ports`` in turn. Methods with an underscore run in the pump's own thread.

    A subclass says what to do: ``_welcomes(client)``, ``_pass_request(pair, data)``, ``_pass_answer(pair, data)``.
    """

    def __init__(self, *target_ports):
        self.target_ports, self._turns = target_ports, itertools.count()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._bell, self._ear = socket.socketpair()
        self._orders = collections.deque()
        self._sides, self._timers, self._numbers = {}, [], itertools.count()
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._ear, select.EPOLLIN)
        self._running = True
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()

    def ask(self, order):
        """Return what ``order`` returns in the pump's thread. Raises RuntimeError when that does not answer."""
        answer, done = [], threading.Event()
        self._orders.append(lambda: (answer.append(order()), done.set()))
        self._bell.send(b"!")
        if not done.wait(ANSWERS_WITHIN_SECONDS):
            raise RuntimeError("the proxy does not answer")
        return answer[0]

    def connections(self):
        """Return how many connections are open."""
        return self.ask(lambda: len(self._sides) // 2)

    def close(self):
        """End the pump and every connection."""
        if self._thread.is_alive():
            self.ask(self._end)
        self._thread.join(ANSWERS_WITHIN_SECONDS)
        for thing in (self._listener, self._bell, self._ear, self._epoll):
            thing.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

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
                heapq.heappop(self._timers)[2]()

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
        return len(pairs)

    def _later(self, seconds, order):
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), order))

    def _accept(self):
        try:
            client, _ = self._listener.accept()
        except OSError:  # whoever came has gone again, or there are no descriptors left just now
            time.sleep(0.001)
            return
        if not self._welcomes(client):
            reset(client)
            return
        server = socket.socket()
        for one in (client, server):
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.connect_ex(("127.0.0.1", self.target_ports[next(self._turns) % len(self.target_ports)]))  # a failure shows when it is first read
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
                    reset(side.socket)
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


def reset(connection):
    """Close a connection so that the other end hears of a failure."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()
