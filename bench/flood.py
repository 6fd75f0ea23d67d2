"""An open loop: requests go out when they are due, on as many connections as it takes. One thread."""

import json
import re
import select
import time
from collections import deque
from urllib.request import Request, urlopen

from .load import connect, whole

MOST_OPEN = 2000
MEMORY_EVERY_SECONDS = 1
PAGE = 100
CLIENT_ID = re.compile(rb'"client_id": ?"([^"]+)"')
RETRY = re.compile(rb"\r\nretry-after: *(\d+)\r\n", re.IGNORECASE)


class Flood:
    """``request(number)`` returns the bytes of a send. ``seconds`` maps a status to what each answer with it took, from when the
    request was due; ``acknowledged`` holds the client ids of what was stored."""

    def __init__(self, port, request):
        self._port, self._request = port, request
        self._poller, self._by_descriptor, self._idle = select.epoll(), {}, []
        self._backlog = deque()
        self.seconds, self.acknowledged, self.delays = {}, set(), []

    @property
    def most_open(self):
        """How many connections there were."""
        return len(self._by_descriptor)

    def run(self, rate, seconds, memory):
        """Ask so many times a second for so long, and hear all answers. Returns the largest of what ``memory()`` said meanwhile.
        Raises RuntimeError for a refusal that does not say when to try again."""
        begun = time.perf_counter()
        asked, largest, look_at = 0, memory(), begun + MEMORY_EVERY_SECONDS
        while (passed := time.perf_counter() - begun) < seconds:
            for number in range(asked, int(passed * rate)):
                self._ask(number, begun + number / rate)
                asked += 1
            self._turn(0.001)
            if time.perf_counter() > look_at:
                largest, look_at = max(largest, memory()), time.perf_counter() + MEMORY_EVERY_SECONDS
        until = time.perf_counter() + seconds
        while (self._backlog or len(self._idle) < len(self._by_descriptor)) and time.perf_counter() < until:
            self._turn(0.01)
        for one in self._by_descriptor.values():
            one.socket.close()
        self._poller.close()
        return largest

    def _ask(self, number, due):
        if not self._idle and len(self._by_descriptor) < MOST_OPEN:
            one = _Line(self._port)
            self._by_descriptor[one.socket.fileno()] = one
            self._poller.register(one.socket, select.EPOLLIN)
            self._idle.append(one)
        if self._idle:
            self._idle.pop().ask(self._request(number), due)
        else:
            self._backlog.append((number, due))

    def _turn(self, seconds):
        for descriptor, _ in self._poller.poll(seconds):
            one = self._by_descriptor[descriptor]
            found = one.take()
            if found:
                self._note(one, *found)
                self._idle.append(one)
        while self._backlog and self._idle:
            self._ask(*self._backlog.popleft())

    def _note(self, one, status, retry_after):
        self.seconds.setdefault(status, []).append(time.perf_counter() - one.due)
        if status == 201:
            self.acknowledged.add(one.client_id)
        elif retry_after is None:
            raise RuntimeError(f"refused with {status}, and not told when to try again")
        else:
            self.delays.append(retry_after)


class _Line:
    def __init__(self, port):
        self.socket, self._received = connect(port), b""

    def ask(self, request, due):
        self.due, self.client_id = due, CLIENT_ID.search(request)[1].decode()
        self.socket.sendall(request)

    def take(self):
        """Return (status, the seconds after which to try again or None) when the answer is complete, else None."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionResetError("the server hung up")
        self._received += part
        found = whole(self._received)
        if found is None:
            return None
        retry, self._received = RETRY.search(self._received), b""
        return found[0], int(retry[1]) if retry else None


def unheard(port, people, acknowledged):
    """Return those client ids that are in no history. Raises RuntimeError where a group's numbers have a hole or come twice."""
    missing = set(acknowledged)
    for group in people.steady:
        token, after = people.steady[group][0].token, 0
        while page := _page(port, group, token, after):
            numbers = [one["number"] for one in page]
            if numbers != list(range(after + 1, after + 1 + len(page))):
                raise RuntimeError(f"after {after} came {numbers}")
            missing -= {one["client_id"] for one in page}
            after = numbers[-1]
    return missing


def _page(port, group, token, after):
    address = f"http://127.0.0.1:{port}/api/groups/{group}/messages?after={after}&limit={PAGE}"
    return json.load(urlopen(Request(address, headers={"Authorization": f"Bearer {token}"}), timeout=30))["messages"]
