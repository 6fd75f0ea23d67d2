"""Many clients of real servers at once: coroutines that talk HTTP on connections of their own, as pages do."""

import asyncio
import contextlib
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

PATIENCE_SECONDS = 40
LINE_BYTES = 1_000_000


def play(coroutine):
    """Run a coroutine to its end, in a thread of its own: where a browser runs too, this one has a loop already. Returns what
    the coroutine returns."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


class Broken(Exception):
    """The connection ended. ``begun``: in the middle of an answer, so that the client got half of it."""

    def __init__(self, begun):
        super().__init__("half an answer" if begun else "no answer")
        self.begun = begun


class Caller:
    """A device's connection to the server at a port; opened when it is needed, and again after it ended."""

    def __init__(self, port, token):
        self.port, self._token = port, token
        self._reader = self._writer = None

    async def ask(self, method, path, body=None):
        """Return (status, parsed body or None). Raises Broken."""
        status, chunks = await self._answer(method, path, body)
        text = b"".join([chunk async for chunk in chunks])
        return status, json.loads(text) if text else None

    async def lines(self, path):
        """Yield (status, parsed line) for each line of an answer as it arrives. Raises Broken."""
        status, chunks = await self._answer("GET", path, None)
        rest = b""
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield status, json.loads(line)
        if rest:
            yield status, json.loads(rest)

    def close(self):
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _answer(self, method, path, body):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if self._writer is None:
                    self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=LINE_BYTES)
                self._writer.write(self._request(method, path, body))
                await self._writer.drain()
                head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            self.close()
            raise Broken(bool(error.partial)) from error
        except OSError as error:
            self.close()
            raise Broken(False) from error
        first, *rest = head.decode("latin-1").splitlines()
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        return int(first.split()[1]), self._body(headers)

    def _request(self, method, path, body):
        data = b"" if body is None else json.dumps(body).encode()
        kind = "" if body is None else "Content-Type: application/json\r\n"
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self._token}\r\n{kind}"
        return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data

    async def _body(self, headers):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if headers.get("transfer-encoding") == "chunked":
                    while size := int(await self._reader.readuntil(b"\r\n"), 16):
                        yield (await self._reader.readexactly(size + 2))[:-2]
                    await self._reader.readexactly(2)
                elif length := int(headers.get("content-length", 0)):
                    yield await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError) as error:
            self.close()
            raise Broken(True) from error
        if headers.get("connection", "").lower() == "close":
            self.close()


class Watcher:
    """A client that follows: poll upon poll from a cursor, held or streamed.

    ``heard`` is [(monotonic time, event), ...] in the order of arrival. It ends with the first answer that is no 200:
    ``ended`` is then (monotonic time, status). ``breaks`` counts connections that ended with no answer; it asks again.
    """

    def __init__(self, port, token, cursor, stream=False, wait=25):
        self.cursor, self.heard, self.ended, self.breaks = cursor, [], None, 0
        self._caller, self._more = Caller(port, token), f"&wait={wait}" + "&stream=1" * stream
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._follow())

    async def until(self, check, seconds):
        """Return whether a check of what was heard, or of how it ended, becomes true within so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self._task.done() or check())
        if self._task.done():
            await self._task  # where it failed, say so
        return check()

    async def stop(self):
        """Let it go."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._caller.close()

    async def _follow(self):
        while self.ended is None:
            try:
                async for status, answer in self._caller.lines(f"/api/updates?since={self.cursor}{self._more}"):
                    await self._take(status, answer)
            except Broken as broken:
                if broken.begun:
                    raise
                self.breaks += 1
                await asyncio.sleep(0.05)

    async def _take(self, status, answer):
        at = time.monotonic()
        if status == 200:
            self.cursor = answer["cursor"]
            self.heard += [(at, event) for event in answer["events"]]
        else:
            self.ended = (at, status)
        async with self._news:
            self._news.notify_all()


def contents(events):
    """Return the texts of the messages that were sent among these events."""
    return [event["data"]["message"]["content"] for event in events if event["kind"] == "message.sent"]


def words(text, client_id=None):
    """Return the body of a request that sends a text."""
    return {"client_id": client_id or str(uuid.uuid4()), "content": text}
