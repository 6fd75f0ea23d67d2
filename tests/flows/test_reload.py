"""The server is reloaded under people who write and wait: no send is lost or doubled, nobody misses or repeats anything."""

import asyncio
import contextlib
import random
import time

import pytest
from crowd import Broken, Caller, Watcher, contents, play, words

PATIENCE = 30
BREAK_SECONDS = 0.02
BETWEEN = 12  # messages from one reload to the next


class Sender:
    """Sends one message after another, each again with its client_id until it is answered."""

    def __init__(self, port, person, group, name):
        self._caller, self._path, self._name = Caller(port, person.token), f"/api/groups/{group}/messages", name
        self.acknowledged, self.odd, self.repeated = [], [], 0
        self._task = asyncio.create_task(self._send_on())

    async def stop(self):
        """Let it finish what it sends, and no more."""
        self._over = True
        await self._task
        self._caller.close()

    async def _send_on(self):
        self._over = False
        while not self._over:
            body = words(f"{self._name} {len(self.acknowledged)}")
            while (status := await self._try(body)) is None:
                self.repeated += 1
                await asyncio.sleep(BREAK_SECONDS)
            if status in (200, 201):
                self.acknowledged.append(body["content"])
            else:
                self.odd.append(status)
            await asyncio.sleep(BREAK_SECONDS)

    async def _try(self, body):
        """Return the status of one try, or None when the connection ended with no answer at all."""
        try:
            status, _ = await self._caller.ask("POST", self._path, body)
        except Broken as broken:
            if broken.begun:
                raise
            return None
        return status


async def until_replaced(server, workers):
    """Wait until all these workers are gone and others are there."""
    started = time.monotonic()
    while set(server.workers()) & set(workers) or not server.workers():
        assert time.monotonic() - started < PATIENCE, "the old workers stay"
        await asyncio.sleep(0.05)


async def until_sent(senders, count):
    """Wait until so many more messages were acknowledged."""
    started, wanted = time.monotonic(), count + sum(len(sender.acknowledged) for sender in senders)
    while sum(len(sender.acknowledged) for sender in senders) < wanted:
        assert time.monotonic() - started < PATIENCE, "nobody can send"
        await asyncio.sleep(0.02)


async def run(server, cast, reloads):
    """Reload a server so many times under senders and pollers. Returns (senders, watchers) after all was heard."""
    with contextlib.closing(Caller(server.port, cast.ben.token)) as caller:
        _, state = await caller.ask("GET", "/api/state")
    people, rng = (cast.ana, cast.ben, cast.cleo), random.Random(3)
    senders = [Sender(server.port, people[index % 3], cast.den, f"sender {index}") for index in range(6)]
    modes = [{"stream": True}, {}, {"wait": 0.3}] * 4
    watchers = [Watcher(server.port, rng.choice(people).token, state["cursor"], **mode) for mode in modes]
    for _ in range(reloads):
        await until_sent(senders, BETWEEN)
        workers = server.workers()
        server.reload()
        await until_replaced(server, workers)
    await until_sent(senders, BETWEEN)
    await asyncio.gather(*(sender.stop() for sender in senders))
    sent = sum(len(sender.acknowledged) for sender in senders)
    await asyncio.gather(*(watcher.until(lambda watcher=watcher: len(heard(watcher)) >= sent, PATIENCE) for watcher in watchers))
    await asyncio.gather(*(watcher.stop() for watcher in watchers))
    return senders, watchers


def heard(watcher):
    return contents(event for _, event in watcher.heard)


def stored(cast):
    """Return the den's texts in their order, read page by page."""
    found, before = [], ""
    while page := cast.ana.get(f"/api/groups/{cast.den}/messages?limit=100{before}")["messages"]:
        found = [one["content"] for one in page] + found
        before = f"&before={page[0]['number']}"
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("worker_class", ["gevent", "gthread"])
def test_a_reload_under_people_who_write_and_wait_loses_nothing_and_refuses_nobody(cast, serve, size, worker_class, capsys):
    server = serve(WORKER_CLASS=worker_class)
    reloads = size(1, 20)
    senders, watchers = play(run(server, cast, reloads))
    said = stored(cast)
    again, breaks = sum(sender.repeated for sender in senders), sum(watcher.breaks for watcher in watchers)
    with capsys.disabled():
        print(f"\nreloads: {reloads}, messages: {len(said)}, asked again: {again} sends, {breaks} polls", end="")
    assert [sender.odd for sender in senders] == [[]] * len(senders)
    assert sorted(said) == sorted(text for sender in senders for text in sender.acknowledged)
    assert [(watcher.ended, heard(watcher)) for watcher in watchers] == [(None, said)] * len(watchers)
    assert "Traceback" not in server.log()
