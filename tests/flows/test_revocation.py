"""Whoever loses a right hears nothing later, wherever their polls wait: rounds by the thousand on two real servers.

In each round somebody waits at both servers, by held and by streamed polls. Somebody writes all the while into their group.
Then one right of theirs is revoked through one of the servers. What was written after the revocation was acknowledged must
never reach them; what they must hear instead must be there within two seconds. The writer's own poll hears everything. Now
and then one server stands still for a moment: it then reads the revocation and what came after it in one look.
"""

import asyncio
import collections
import contextlib
import itertools
import os
import random
import signal
import time
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from cast import HASHED, PASSWORD, YEAR, Person
from crowd import Caller, Watcher, contents, play, words

from chatapp.actions.transaction import transaction
from chatapp.clock import from_seconds, now, seconds
from chatapp.extensions import db
from chatapp.ids import new_id
from chatapp.models import Device, Group, GroupMember, User
from chatapp.updates import token_hash

WITHIN_SECONDS = 2
PATIENCE = 15
LANES = 12  # rounds at a time
PAUSES = (0, 0, 0.002, 0.01)
MOST_MEANWHILE = 2
RUNS_SECONDS, STANDS_STILL_SECONDS = 0.2, 0.1


@dataclass
class Round:
    """Who loses what. ``elsewhere`` is another device of the same person, which may sign the first one out."""

    way: str
    victim: Person
    elsewhere: Person
    group: str
    said: list = field(default_factory=list)  # (text, asked at), acknowledged ones only, in their order
    faults: list = field(default_factory=list)
    seconds: list = field(default_factory=list)  # from the acknowledgement until each poll was silent

    def expect(self, held, what):
        if not held:
            self.faults.append(what)


async def sign_out(lane, one):
    return await lane.ask(one.elsewhere, "DELETE", f"/api/me/devices/{one.victim.device_id}", {"current_password": PASSWORD})


async def deactivate(lane, one):
    return await lane.ask(lane.cast.ana, "POST", f"/api/users/{one.victim.id}/deactivation", {})


async def remove(lane, one):
    return await lane.ask(lane.talker, "DELETE", f"/api/groups/{one.group}/members/{one.victim.id}")


async def delete_group(lane, one):
    return await lane.ask(lane.talker, "DELETE", f"/api/groups/{one.group}")


WAYS = {"sign-out": sign_out, "deactivation": deactivate, "removal": remove, "group deleted": delete_group}
ENDS = {"sign-out": None, "deactivation": None, "removal": "member.removed", "group deleted": "group.deleted"}


class Lane:
    """One round after another; ``talker`` owns the rounds' groups, writes in them, and hears all that is written."""

    def __init__(self, cast, ports, talker, seed):
        self.cast, self.ports, self.talker, self.rng = cast, ports, talker, random.Random(seed)
        self.answer = None  # to what was asked last

    async def ask(self, who, method, path, body=None):
        """Ask through one of the servers; return whether it was done."""
        with contextlib.closing(Caller(self.rng.choice(self.ports), who.token)) as caller:
            self.answer = await caller.ask(method, path, body)
            return self.answer[0] < 300

    async def say(self, one, text):
        """Say something in a round's group; return whether it was stored."""
        asked = time.monotonic()
        stored = await self.ask(self.talker, "POST", f"/api/groups/{one.group}/messages", words(text))
        if stored:
            one.said.append((text, asked))
        return stored

    async def run(self, rounds):
        """Run rounds, with one watcher of the talker's own all along."""
        with contextlib.closing(Caller(self.ports[0], self.talker.token)) as caller:
            _, state = await caller.ask("GET", "/api/state")
        witness = Watcher(self.rng.choice(self.ports), self.talker.token, state["cursor"])
        for one in rounds:
            await self.play(one, witness)
        await witness.stop()

    async def play(self, one, witness):
        """Play one round and note its faults."""
        near, far = self.rng.sample(self.ports, 2)
        waiting = [Watcher(near, one.victim.token, witness.cursor), Watcher(far, one.victim.token, witness.cursor, stream=True)]
        try:
            await self.say(one, "before")
            heard = await asyncio.gather(*(each.until(lambda each=each: "before" in contents(of(each, one)), PATIENCE) for each in waiting))
            one.expect(all(heard), "the polls do not even work")
            acknowledged = await self.revoke(one)
            stored = await self.say(one, "after")
            one.expect(stored == (one.way != "group deleted"), f"what came after was {'' if stored else 'not '}stored")
            await self.mark(one)
            for each in waiting:
                await self.judge(one, each, acknowledged)
            await self.hear_all(one, witness)
        finally:
            await asyncio.gather(*(each.stop() for each in waiting))

    async def revoke(self, one):
        """Revoke the right while the talker goes on writing. Returns when it was acknowledged, in monotonic time."""

        async def talk():
            for index in range(MOST_MEANWHILE):
                if done.is_set():
                    return
                await self.say(one, f"meanwhile {index}")
                await asyncio.sleep(self.rng.choice(PAUSES))

        done = asyncio.Event()
        talking = asyncio.create_task(talk())
        await asyncio.sleep(self.rng.choice(PAUSES))
        revoked = await WAYS[one.way](self, one)
        one.expect(revoked, f"the right was not revoked: {self.answer}")
        acknowledged = time.monotonic()
        done.set()
        await talking
        return acknowledged

    async def mark(self, one):
        """Write to the person themself: whoever still listens hears it after all that was written before."""
        if ENDS[one.way]:
            one.expect(await self.ask(self.talker, "POST", f"/api/users/{one.victim.id}/messages", words("the end")), "no end was marked")

    async def judge(self, one, watcher, acknowledged):
        """Wait until a watcher is at the end of what it may hear, and look at all that it heard."""
        kind = ENDS[one.way]
        if kind is None:
            ended = await watcher.until(lambda: watcher.ended, PATIENCE)
            one.expect(ended and watcher.ended[1] == 401, f"the poll ended with {watcher.ended}")
            silent = watcher.ended[0] if ended else time.monotonic()
        else:
            one.expect(await watcher.until(lambda: "the end" in contents(event for _, event in watcher.heard), PATIENCE), "the end was not heard")
            one.expect(watcher.ended is None, f"the poll ended with {watcher.ended}")
            at = [place for place, (_, event) in enumerate(watcher.heard) if event["kind"] == kind and is_of(event, one)]
            one.expect(len(at) == 1, f"{len(at)} times {kind}")
            silent = watcher.heard[at[0]][0] if at else time.monotonic()
            one.expect(not at or not any(is_of(event, one) for _, event in watcher.heard[at[0] + 1 :]), f"an entry after {kind}")
        one.seconds.append(max(0, silent - acknowledged))
        one.expect(one.seconds[-1] < WITHIN_SECONDS, f"silent only after {one.seconds[-1]:.1f} s")
        heard, allowed = contents(of(watcher, one)), [text for text, asked in one.said if asked <= acknowledged]
        one.expect(heard == allowed[: len(heard)], f"heard {heard} of {allowed}")

    async def hear_all(self, one, witness):
        """Wait until the talker's own poll has heard all that was stored, in its order; of a deleted group up to its end."""
        said, over = [text for text, _ in one.said], one.way == "group deleted"
        if over:
            await witness.until(lambda: "group.deleted" in [event["kind"] for event in of(witness, one)], PATIENCE)
        else:
            await witness.until(lambda: len(contents(of(witness, one))) >= len(said), PATIENCE)
        heard = contents(of(witness, one))
        one.expect(heard == (said[: len(heard)] if over else said), f"the talker heard {heard} of {said}")
        one.expect(not over or of(witness, one)[-1]["kind"] == "group.deleted", "an entry after the end, or no end")
        witness.heard.clear()


def is_of(event, one):
    """Tell whether an event is an entry of a round's group."""
    data = event["data"]
    return one.group in (data.get("group_id"), data.get("message", {}).get("group_id"), data.get("member", {}).get("group_id"))


def of(watcher, one):
    """Return what a watcher heard of a round's group."""
    return [event for _, event in watcher.heard if is_of(event, one)]


def make_people(cast, names, devices):
    """Return for each name a new person's devices, made without the doors."""
    made, at = [], now()
    with cast.app.app_context(), transaction():
        for name in names:
            user_id = new_id()
            db.session.execute(sa.insert(User).values(id=user_id, name=name, username=name, email=f"{name}@example.org", password=HASHED))
            own = [Person(cast.app, user_id, f"token of {name} {index} {new_id()}", new_id()) for index in range(devices)]
            rest = {"user_id": user_id, "kind": "token", "name": "script", "created_at": at, "expires_at": from_seconds(seconds() + YEAR)}
            db.session.execute(sa.insert(Device), [{"id": each.device_id, "token_hash": token_hash(each.token), **rest} for each in own])
            made.append(own)
    return made


def make_groups(cast, pairs):
    """Return the id of a new group for each (owner, member)."""
    ids = [new_id() for _ in pairs]
    with cast.app.app_context(), transaction():
        db.session.execute(sa.insert(Group), [{"id": each, "name": "a round"} for each in ids])
        rows = [(each, who, role) for each, pair in zip(ids, pairs, strict=True) for who, role in zip(pair, ("owner", "member"), strict=True)]
        db.session.execute(sa.insert(GroupMember), [{"id": new_id(), "group_id": each, "user_id": who.id, "role": role} for each, who, role in rows])
    return ids


def make_lanes(cast, ports, each_way, seed):
    """Return [(lane, its rounds), ...] in which every way comes so many times, in mixed order."""
    rng = random.Random(seed)
    ways = [way for way in WAYS for _ in range(each_way)]
    rng.shuffle(ways)
    talkers = [own[0] for own in make_people(cast, [f"talker{index}" for index in range(LANES)], 1)]
    victims = make_people(cast, [f"victim{index}" for index in range(len(ways))], 2)
    groups = make_groups(cast, [(talkers[index % LANES], own[0]) for index, own in enumerate(victims)])
    rounds = [Round(way, *own, group) for way, own, group in zip(ways, victims, groups, strict=True)]
    return [(Lane(cast, ports, talker, rng.random()), rounds[index::LANES]) for index, talker in enumerate(talkers)]


def tell(rounds, took):
    """Print what was done, way by way."""
    for way in WAYS:
        times = sorted(each for one in rounds if one.way == way for each in one.seconds)
        p99 = times[int(len(times) * 0.99)]
        print(f"\n{way}: {len(times) // 2} rounds, silent after {p99 * 1000:.0f} ms (p99), {times[-1] * 1000:.0f} ms at most", end="")
    print(f"\n{len(rounds)} rounds in {took:.0f} s, {len(rounds) / took:.1f} a second")


async def play_all(lanes, servers):
    holding_up = asyncio.create_task(hold_up(servers))
    await asyncio.gather(*(lane.run(rounds) for lane, rounds in lanes))
    holding_up.cancel()


async def hold_up(servers):
    """Let one server's worker stand still for a moment, again and again."""
    for server in itertools.cycle(servers):
        (worker,) = server.workers()
        await asyncio.sleep(RUNS_SECONDS)
        os.kill(worker, signal.SIGSTOP)
        try:
            await asyncio.sleep(STANDS_STILL_SECONDS)
        finally:
            os.kill(worker, signal.SIGCONT)


@pytest.mark.timeout(1500)
def test_whoever_loses_a_right_hears_nothing_later_wherever_their_polls_wait(cast, serve, size, capsys):
    each_way = size(24, 1000)
    servers = [serve(WEB_CONCURRENCY="1") for _ in range(2)]
    lanes = make_lanes(cast, [server.port for server in servers], each_way, seed=20_261)
    started = time.monotonic()
    play(play_all(lanes, servers))
    rounds = [one for _, played in lanes for one in played]
    with capsys.disabled():
        tell(rounds, time.monotonic() - started)
    assert collections.Counter(one.way for one in rounds if len(one.seconds) == 2) == dict.fromkeys(WAYS, each_way)
    faults = "\n".join(f"{one.way}: {one.faults}" for one in rounds if one.faults)
    assert not faults, faults
