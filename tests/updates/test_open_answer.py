"""Streams that are added to while their poll sleeps: the same lines, in order, each once, and nothing that may not be told."""

import contextlib
import json
import socket
import threading
import time

import pytest
import sqlalchemy as sa

from chatapp.actions.transaction import transaction
from chatapp.models import Server
from chatapp.updates import OpenAnswer, poll

PATIENCE = 10
LONG = "long " * 700


class Streamed:
    """A person's stream, written to a socket as the server does it: what the poll yields, and what others say meanwhile."""

    def __init__(self, person, cursor, wait=4.0, buffer=None):
        self._ours, self.client = connected(buffer)
        self.yielded, self.failed, self._received = [], None, b""
        server = _Cooperative(self._ours)
        self.open_answer = OpenAnswer(server)
        self._lines = poll.stream(person.app.extensions["feed"], person.token, cursor, wait, None, self.open_answer)
        self._thread = threading.Thread(target=self._serve, args=(server,), daemon=True)
        self._feed = person.app.extensions["feed"]
        self._thread.start()
        self.lies_down()

    def _serve(self, server):
        try:
            for batch in self._lines:
                self.yielded.append(batch)
                line = batch.line()
                server.sendall(b"%X\r\n%b\r\n" % (len(line), line))
        except OSError as error:
            self.failed = error
        finally:
            self._lines.close()
            self._ours.close()

    def lies_down(self):
        """Return when the poll sleeps, or is over."""
        until = time.monotonic() + PATIENCE
        while self._thread.is_alive() and not len(self._feed.waiters):
            assert time.monotonic() < until
            time.sleep(0.005)
        time.sleep(0.02)

    def read_slowly(self):
        """Take a little at a time, until the stream has ended."""
        self.client.settimeout(PATIENCE)
        while part := self.client.recv(1024):
            self._received += part
            time.sleep(0.003)

    def rest(self):
        """Return all answers that came, when the stream has ended."""
        received = self._received
        self.client.settimeout(2 * PATIENCE)
        with contextlib.suppress(ConnectionResetError):
            while part := self.client.recv(65536):
                received += part
        self._thread.join(PATIENCE)
        return [json.loads(line) for line in unchunked(received)]

    def hears(self, text, within=2.0):
        """Fail unless a text arrives soon: while the stream goes on."""
        self.client.settimeout(within)
        received = b""
        while text.encode() not in received:
            received += self.client.recv(65536)

    def texts(self):
        """Return the messages that came, when the stream has ended."""
        return [one["data"]["message"]["content"] for answer in self.rest() for one in answer["events"] if one["kind"] == "message.sent"]


def connected(buffer=None):
    """Return both ends of a TCP connection, the server's not blocking; ``buffer``: about so many bytes stay on the way."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.socket()
        if buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        client.connect(listener.getsockname())
        ours, _ = listener.accept()
    if buffer:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
    ours.setblocking(False)
    return ours, client


class _Cooperative:
    """A socket as a server with greenlets has it: it does not block, and its sendall waits."""

    def __init__(self, plain):
        self._plain = plain

    def fileno(self):
        return self._plain.fileno()

    def sendall(self, data):
        while data:
            with contextlib.suppress(BlockingIOError):
                data = data[self._plain.send(data) :]
                continue
            time.sleep(0.002)


def unchunked(received):
    """Return the chunks of an answer. Fails where they are not what RFC 9112 says."""
    chunks = []
    while received:
        size, _, received = received.partition(b"\r\n")
        length = int(size, 16)
        assert received[length : length + 2] == b"\r\n"
        chunks.append(received[:length])
        received = received[length + 2 :]
    return chunks


@pytest.fixture
def listen():
    """A function that opens a stream of a person."""
    opened = []

    def listen(person, **more):
        opened.append(Streamed(person, person.cursor(), **more))
        return opened[-1]

    yield listen
    for one in opened:
        one.client.close()


@pytest.fixture
def feed(cast):
    """The feed of the worker."""
    return cast.app.extensions["feed"]


def test_what_happens_is_said_while_the_poll_sleeps(cast, feed, listen):
    stream = listen(cast.ben, wait=1.0)
    for text in ("one", "two"):
        cast.ana.say(text, group=cast.den)
        feed.look()
    cast.dan.say("not for Ben", to=cast.ana.id)
    feed.look()
    answers = stream.rest()
    assert [[one["data"]["message"]["content"] for one in answer["events"]] for answer in answers] == [[], ["one"], ["two"]]
    assert len(stream.yielded) == 1, "the poll was woken"
    assert cast.ben.updates(answers[-1]["cursor"])["events"] == []


def test_what_one_look_brings_is_one_line(cast, feed, listen):
    stream = listen(cast.ben, wait=1.0)
    for text in ("one", "two", "three"):
        cast.ana.say(text, group=cast.den)
    feed.look()
    assert [len(answer["events"]) for answer in stream.rest()] == [0, 3]


def test_a_slow_reader_gets_every_byte_in_order(cast, feed, listen):
    stream = listen(cast.ben, wait=4.0, buffer=4096)
    reading = threading.Thread(target=stream.read_slowly)
    reading.start()
    said = [f"{number} {LONG}" for number in range(80)]
    for number, text in enumerate(said):
        cast.ana.say(text, group=cast.den)
        if number % 7 == 0:
            feed.look()
    feed.look()
    reading.join(3 * PATIENCE)
    assert stream.texts() == said
    assert len(stream.yielded) > 1, "the socket never was full"


def test_whoever_was_removed_hears_that_and_nothing_after_it(cast, feed, listen):
    stream = listen(cast.ben, wait=1.5)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    cast.ana.say("to those who are in", group=cast.den)
    feed.look()
    cast.ana.say("and later", group=cast.den)
    feed.look()
    assert [one["kind"] for answer in stream.rest() for one in answer["events"]] == ["member.removed"]


def test_whoever_comes_in_hears_what_is_said_from_then_on(cast, feed, listen):
    stream = listen(cast.dan, wait=PATIENCE)
    cast.ana.say("before", group=cast.den)
    cast.ana.post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id})
    feed.look()
    stream.hears("group.joined")
    stream.lies_down()
    for text in ("after", "and later"):
        cast.ana.say(text, group=cast.den)
        feed.look()
        stream.hears(text)
    feed.release()
    assert "before" not in stream.texts()


def test_a_device_that_was_signed_out_hears_nothing_more(cast, feed, listen):
    stream = listen(cast.ben, wait=PATIENCE)
    cast.ben.delete("/api/session")
    cast.ana.say("to those who are signed in", group=cast.den)
    started = time.monotonic()
    feed.look()
    assert stream.texts() == [] and time.monotonic() - started < 2


def test_nothing_of_another_life_of_the_database_is_said(cast, feed, listen):
    stream = listen(cast.ben, wait=PATIENCE)
    with cast.app.app_context(), transaction() as connection:
        connection.execute(sa.update(Server).values(epoch=Server.epoch + 1))  # as a restore does
    cast.ana.say("in the new life", group=cast.den)
    started = time.monotonic()
    feed.look()
    assert stream.texts() == [] and time.monotonic() - started < 2


def test_not_even_to_a_poll_that_is_slow_to_wake(cast, feed, listen, monkeypatch):
    stream = listen(cast.ben, wait=2.0)
    monkeypatch.setattr(feed.waiters, "wake_all", lambda: None)
    with cast.app.app_context(), transaction() as connection:
        connection.execute(sa.update(Server).values(epoch=Server.epoch + 1))
    feed.look()
    cast.ben.updates(cast.ben.cursor())  # this worker knows them again
    cast.ana.say("in the new life", group=cast.den)
    feed.look()
    assert stream.texts() == []


def test_what_the_window_had_to_drop_is_read_from_the_log(cast, feed, listen):
    stream = listen(cast.ben, wait=1.5)
    feed.window._most_events = 1
    for text in ("one", "two", "three"):
        cast.ana.say(text, group=cast.den)
    feed.look()
    assert stream.texts() == ["one", "two", "three"]


def test_what_was_said_in_part_is_finished_before_anything_else_is_said():
    ours, client = connected(buffer=2048)
    with ours, client:
        answer, line = OpenAnswer(_Cooperative(ours)), b"x" * 3_000_000
        assert answer.say(line) and answer.rest
        received = client.recv(1_000_000)
        assert not answer.say(b"in between")
        finishing = threading.Thread(target=answer.finish)
        finishing.start()
        while len(received) < len(line) + 10:
            received += client.recv(1_000_000)
        finishing.join(PATIENCE)
        assert answer.rest == b"" and answer.say(b"next")
        assert unchunked(received + client.recv(100)) == [line, b"next"]


def test_nothing_is_said_where_nobody_listens_any_more():
    ours, client = connected()
    with ours:
        answer = OpenAnswer(_Cooperative(ours))
        client.close()
        while answer.say(b"hello?"):
            time.sleep(0.01)
        assert answer.rest == b""


def test_a_client_that_hung_up_costs_nobody_else_anything(cast, feed, listen):
    gone, cleo = listen(cast.ben, wait=PATIENCE), listen(cast.cleo, wait=1.5)
    gone.client.close()
    cast.ana.say("still there?", group=cast.den)
    feed.look()
    assert cleo.texts() == ["still there?"]
    gone._thread.join(PATIENCE)
    assert isinstance(gone.failed, OSError) and len(feed.waiters) == 0


def test_the_end_of_the_worker_ends_the_stream(cast, feed, listen):
    stream = listen(cast.ben, wait=PATIENCE)
    feed.release()
    assert stream.texts() == []


def test_many_are_told_at_once_and_the_rest_are_woken(cast, feed, listen, monkeypatch):
    monkeypatch.setattr("chatapp.updates.waiters.MOST_AT_ONCE", 1)
    streams = [listen(one, wait=1.5) for one in (cast.ana, cast.ben, cast.cleo)]
    time.sleep(0.1)
    cast.ana.say("to all", group=cast.den)
    feed.look()
    assert [stream.texts() for stream in streams] == [["to all"]] * 3
    assert sorted(len(stream.yielded) for stream in streams) == [1, 2, 2]
