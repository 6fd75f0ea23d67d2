"""Thousands of waiting clients and some who write, in one thread: what each hears is checked, message by message."""

import random
import select
import time
from collections import deque
from dataclasses import dataclass, field

from .clients import Listener, Sender, Wrong
from .load import connect, http

WAIT = {"stream": "&wait=25&stream=1", "long": "&wait=25"}
SENDERS = 8
AFTER_SECONDS = 10
RETURN_SECONDS = 60


@dataclass
class Round:
    """What happened in a round: messages sent, seconds each took to be acknowledged and to be heard; news of presence heard."""

    sent: int = 0
    sends: list = field(default_factory=list)
    heard: list = field(default_factory=list)
    polls: int = 0
    presences: int = 0


class Crowd:
    """All clients of one server. ``way``: "stream" or "long"; ``more`` goes into each poll's query."""

    def __init__(self, port, people, cursor, way, more=""):
        self._port, self._way, self._more = port, way, more
        self._poller, self._by_descriptor = select.epoll(), {}
        self.round = Round()
        self._members = {}
        for person in people:
            self._members.setdefault(person.group, []).append(person)
        self._told = dict.fromkeys(self._members, 0)
        self._listeners = [Listener(self, person, cursor) for person in people]
        self._idle, self._backlog = deque(), deque()
        self.hire()

    def connect(self, most_a_turn=100):
        """Let everybody lie down. Returns the seconds it took until all were connected and had heard that there is nothing."""
        begun = time.perf_counter()
        for at in range(0, len(self._listeners), most_a_turn):
            for one in self._listeners[at : at + most_a_turn]:
                one.open()
            self.turn(0.005)
        while self._way == "stream" and not all(one.answered for one in self._listeners):
            self.turn(0.05)
        return time.perf_counter() - begun

    def hire(self):
        """Have senders with new connections; those there were must be idle."""
        self.dismiss()
        self._idle = deque(Sender(self) for _ in range(SENDERS))

    def dismiss(self):
        """Have no senders, whose connections the server would not keep when nobody writes for long."""
        while self._idle:
            self._forget(self._idle.pop())

    def leave(self):
        """Let all who wait hang up. What was on its way is not heard."""
        for one in self._listeners:
            self._forget(one)
            one.reset()

    def return_within(self, seconds):
        """Let all who wait come back, spread over so many seconds. Returns after how many seconds all had heard everything."""
        begun = time.perf_counter()
        for number, one in enumerate(self._listeners):
            while (time.perf_counter() - begun) * len(self._listeners) < number * seconds:
                self.turn(0.001)
            one.open()
        while not all(one.answered for one in self._listeners) or self._missing():
            self.turn(0.01)
            if time.perf_counter() - begun > RETURN_SECONDS:
                raise Wrong(f"{self._missing()} deliveries are missing {RETURN_SECONDS} s after they came back")
        return time.perf_counter() - begun

    def say_everywhere(self):
        """Let somebody write in each group; return when all of it is stored."""
        for group in self._members:
            self._say(group)
        while len(self._idle) < SENDERS or self._backlog:
            self.turn(0.01)

    def _forget(self, one):
        self._poller.unregister(one.socket)
        del self._by_descriptor[one.socket.fileno()]
        one.socket.close()

    def run(self, rate, seconds):
        """Let people write so many messages a second, and return the Round when everybody has heard all of it. Raises Wrong."""
        self.round = Round()
        groups, begun = list(self._members), time.perf_counter()
        while self.round.sent < rate * seconds:
            due = int((time.perf_counter() - begun) * rate)
            while self.round.sent < min(due, rate * seconds):
                self._say(random.choice(groups))
            self.turn(0.002)
        until = time.perf_counter() + AFTER_SECONDS
        while self._missing() and time.perf_counter() < until:
            self.turn(0.02)
        if missing := self._missing():
            raise Wrong(f"{missing} deliveries are missing {AFTER_SECONDS} s after the last message")
        self.round.heard.sort()
        self.round.sends.sort()
        return self.round

    def rest(self, seconds):
        """Let time pass in which nobody writes."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.turn(min(left, 0.2))

    def turn(self, seconds):
        """Take what has arrived; wait up to so long for it."""
        for descriptor, _ in self._poller.poll(seconds):
            one = self._by_descriptor.get(descriptor)
            if one is not None:
                one.take()

    def watch(self, one):
        """Take notice of a client's socket."""
        self._by_descriptor[one.socket.fileno()] = one
        self._poller.register(one.socket, select.EPOLLIN)

    def close(self):
        """Hang up."""
        for one in self._by_descriptor.values():
            one.socket.close()
        self._poller.close()

    def connection(self):
        """Return a new connection to the server."""
        return connect(self._port)

    def poll_of(self, person, cursor):
        """Return the bytes of a person's next poll."""
        return http("GET", f"/api/updates?since={cursor}{WAIT[self._way]}{self._more}", person.token)

    def acknowledged(self, sender, group, seconds):
        """A message was stored."""
        self._told[group] += 1
        self.round.sends.append(seconds)
        self._idle.append(sender)
        if self._backlog:
            self._idle.popleft().say(*self._backlog.popleft())

    def _say(self, group):
        self.round.sent += 1
        person, at = random.choice(self._members[group]), time.perf_counter()
        if self._idle:
            self._idle.popleft().say(person, at)
        else:
            self._backlog.append((person, at))

    def _missing(self):
        waiting = SENDERS - len(self._idle) + len(self._backlog)
        return waiting + sum(self._told[one.person.group] - one.number for one in self._listeners)
