"""The proxy passes bytes as they are while it is calm, and does to them what its counts say when it is not."""

import contextlib
import http.client
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from torture.proxy import VERDICTS, Proxy

MIB = bytes(range(256)) * 4096
BATCH_SECONDS = 0.15


class Echo(BaseHTTPRequestHandler):
    """Answers a POST with its body, a GET with four batches, one after another."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(4):
            with contextlib.suppress(ConnectionError):
                self.wfile.write(b"7\r\nbatch %d\r\n" % number)
            time.sleep(BATCH_SECONDS)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(b"0\r\n\r\n")

    def handle(self):
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *_):
        """Say nothing."""


class Counting(ThreadingHTTPServer):
    """Remembers the bodies it got."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Echo)
        self.got = []


@pytest.fixture
def echo():
    with Counting() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo):
    with Proxy(echo.server_port, seed=7, delay_seconds=(0.2, 0.3)) as running:
        yield running


@contextlib.contextmanager
def connected(proxy):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)) as connection:
        yield connection


def post(connection, body):
    connection.request("POST", "/", body)
    with connection.getresponse() as answer:
        return answer.read()


def ends(proxy, body=b"hello"):
    """Return how a request on a connection of its own ends: its answer, or the name of what went wrong."""
    with connected(proxy) as connection:
        try:
            return post(connection, body)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__


def test_a_calm_proxy_passes_large_bodies_on_one_connection_as_they_are(proxy, echo):
    with connected(proxy) as connection:
        for body in (MIB, b"", b"x", MIB[::-1], b"last"):
            assert post(connection, body) == body
    assert echo.got == [MIB, b"", b"x", MIB[::-1], b"last"]
    assert {kind for kind, count in proxy.counts.items() if count} == {"passed"}
    assert proxy.counts["passed"] == 5


def test_a_calm_proxy_waits_for_a_client_that_reads_slowly_and_loses_nothing(proxy):
    body = MIB * 8
    with connected(proxy) as connection, connected(proxy) as other:
        writing = threading.Thread(target=connection.request, args=("POST", "/", body))
        writing.start()
        time.sleep(0.3)
        assert post(other, b"meanwhile") == b"meanwhile"
        writing.join()
        with connection.getresponse() as answer:
            time.sleep(0.3)
            parts = iter(lambda: answer.read(300_000), b"")
            assert b"".join(parts) == body


def test_a_streamed_answer_comes_batch_by_batch(proxy):
    with connected(proxy) as connection:
        connection.request("GET", "/")
        with connection.getresponse() as answer:
            times = [(answer.read(7), time.monotonic()) for _ in range(4)]
            assert answer.read() == b""
    assert [batch for batch, _ in times] == [b"batch %d" % number for number in range(4)]
    assert all(later - earlier > BATCH_SECONDS / 2 for (_, earlier), (_, later) in zip(times, times[1:], strict=False))


def test_many_clients_at_once_get_each_their_own(proxy):
    wrong = []

    def talk(name):
        with connected(proxy) as connection:
            for number in range(50):
                body = f"{name} {number} ".encode() * 100
                if post(connection, body) != body:
                    wrong.append(body)

    threads = [threading.Thread(target=talk, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert proxy.counts["passed"] == 800


def test_a_closed_connection_is_forgotten(proxy):
    for body in (b"a", b"b"):
        assert ends(proxy, body) == body
    until(lambda: proxy.connections() == 0)


def test_a_client_that_has_said_all_still_gets_the_answer(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        client.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: client.recv(4096), b"")).endswith(b"hello")


def test_a_refused_connection_is_reset_before_anything_reaches_the_server(proxy, echo):
    proxy.set_rates(refuse=1)
    assert ends(proxy) in ("ConnectionResetError", "RemoteDisconnected", "BrokenPipeError")
    assert (proxy.counts["refuse"], echo.got) == (1, [])


def test_a_dropped_request_never_reaches_the_server(proxy, echo):
    with connected(proxy) as connection:
        assert post(connection, b"before") == b"before"
        proxy.set_rates(drop_request=1)
        with pytest.raises(ConnectionError):
            post(connection, b"lost")
    time.sleep(0.1)
    assert (proxy.counts["drop_request"], echo.got) == (1, [b"before"])


def test_a_dropped_answer_is_that_of_a_request_that_the_server_got(proxy, echo):
    with connected(proxy) as connection:
        assert post(connection, b"before") == b"before"
        proxy.set_rates(drop_answer=1)
        with pytest.raises(ConnectionError):
            post(connection, b"answered in vain")
    assert (proxy.counts["drop_answer"], echo.got) == (1, [b"before", b"answered in vain"])


def test_a_half_answer_begins_as_the_whole_one_and_ends_with_a_reset(proxy):
    proxy.set_rates(half_answer=1)
    seen = [raw(proxy, b"y" * 50_000) for _ in range(40)]
    halves = [data for data, was_reset in seen if was_reset]
    assert len(halves) == proxy.counts["half_answer"] >= 10
    whole = max((data for data, was_reset in seen if not was_reset), key=len, default=b"HTTP/1.1 200")
    assert all(len(data) < len(whole) for data in halves)
    assert any(data.endswith(b"y") for data in halves), "no answer was cut within its body"


def raw(proxy, body):
    """Return (every byte of the answer to a POST, whether the connection was reset before its end)."""
    head = f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    got = b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
        try:
            client.sendall(head + body)
            while data := client.recv(65_536):
                got += data
        except ConnectionError:
            return got, True
    return got, False


def test_a_stream_is_cut_after_some_of_its_batches(proxy):
    proxy.set_rates(half_answer=1)
    heard, ended = [0] * 16, []

    def listen(number):
        with connected(proxy) as connection, contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/")
            with connection.getresponse() as answer:
                while answer.read(7):
                    heard[number] += 1
                ended.append(number)

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (proxy.counts["half_answer"], ended) == (16, [])
    assert min(heard) == 0, "none was cut at its beginning"
    assert max(heard) >= 2, "none was cut later"


def test_what_the_server_does_not_read_is_not_heaped_up(proxy):
    most, sent = 64 * len(MIB), 0
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        proxy.target_ports = (deaf.getsockname()[1],)
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                while sent < most:
                    sent += client.send(MIB)
    assert sent < most


def test_a_late_answer_is_whole_and_holds_up_nobody_else(proxy):
    with connected(proxy) as late, connected(proxy) as other:
        proxy.set_rates(delay_answer=1)
        late.request("POST", "/", MIB)
        started = time.monotonic()
        time.sleep(0.1)
        proxy.set_rates()
        assert post(other, b"quick") == b"quick"
        assert time.monotonic() - started < 0.2
        with late.getresponse() as answer:
            assert answer.read() == MIB
        assert time.monotonic() - started > 0.2
        assert post(late, b"again") == b"again"
    assert proxy.counts["delay_answer"] == 1


def test_rates_are_kept_and_the_seed_decides(echo):
    outcomes = []
    for _ in range(2):
        with Proxy(echo.server_port, seed=3, delay_seconds=(0, 0.01)) as proxy:
            proxy.set_rates(drop_request=0.1, drop_answer=0.1, delay_answer=0.1)
            outcomes.append(["lost" if isinstance(ends(proxy), str) else "got" for _ in range(300)])
            assert {kind: 10 < proxy.counts[kind] < 60 for kind in VERDICTS if kind != "half_answer"} == dict.fromkeys(
                ("drop_request", "drop_answer", "delay_answer"), True
            )
            assert outcomes[-1].count("lost") == proxy.counts["drop_request"] + proxy.counts["drop_answer"]
    assert outcomes[0] == outcomes[1]


def test_all_connections_are_cut_at_once_and_the_next_ones_work(proxy):
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(proxy)) for _ in range(5)]
        for connection in connections:
            post(connection, b"before")
        assert proxy.cut_all() == 5 == proxy.counts["cut"]
        for connection in connections:
            with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
                post(connection, b"after")
    assert ends(proxy) == b"hello"


def test_calm_spares_the_requests_that_are_under_way_too(proxy):
    proxy.set_rates(drop_answer=1)
    with connected(proxy) as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", "5")
        connection.endheaders()
        until(lambda: proxy.counts["passed"] == 1)  # its verdict is spoken
        proxy.calm()
        connection.send(b"hello")
        with connection.getresponse() as answer:
            assert answer.read() == b"hello"


def test_while_the_server_is_away_connections_end_and_later_they_work(proxy, echo):
    there, proxy.target_ports = proxy.target_ports, (closed_port(),)
    assert isinstance(ends(proxy), str)
    proxy.target_ports = there
    assert ends(proxy) == b"hello"
    assert {proxy.counts[kind] for kind in (*VERDICTS, "refuse", "cut")} == {0}


def test_an_unknown_kind_is_refused(proxy):
    with pytest.raises(ValueError, match="half_request"):
        proxy.set_rates(half_request=0.5)


def test_an_idle_proxy_costs_nothing(proxy):
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            post(stack.enter_context(connected(proxy)), b"kept alive")
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.1


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition):
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_clients_are_led_to_several_servers_in_turn():
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        first, second = (one.getsockname()[1] for one in servers)
        proxy = stack.enter_context(Proxy(first, others=[second]))
        for number in range(4):
            stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            servers[number % 2].settimeout(5)
            servers[number % 2].accept()[0].close()
