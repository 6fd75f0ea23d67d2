"""A person who reads: a fresh state, then poll after poll from where the last one ended, by all three ways of polling."""

import copy
import time

from follower import apply, indexed, of_interest

from .client import Client
from .history import direct, now, text_hash

WAYS = ("short", "held", "stream")
HELD_SECONDS = 3
PAUSE = (0.2, 1.0)  # seconds between short polls
BREATH = 0.05  # seconds between two held ones
PAUSE_AFTER_TROUBLE = 0.1
REMEMBERED = 6
REPLAY_TRIES = 30
STILL = 3  # empty answers in a row after which nothing comes any more


class Reader(Client):
    """One person's reading eye."""

    role = "reader"

    def __init__(self, stage, person, number, seed, replay_share=0.016):
        super().__init__(stage, person, f"w{number}/r", seed)
        self._replay_share = replay_share  # of what it does: to read the state anew, and compare
        self._way = {0: "stream", 1: "held"}.get(number % 5, "short")
        self._chain = None
        self._old = []
        self._still = 0
        self._looks = 0
        self.heard = 0
        self.replays = 0

    def _goes_on(self):
        return self._still < STILL and now() < self._stage.drains_until

    def _act(self):
        if self._chain is None:
            self._chain = self._begun(self.name)
            return
        dice = self._random.random()
        if self._stage.draining:
            self._drain()
        elif dice < self._replay_share:
            self._replay()
        elif dice < self._replay_share + 0.012:
            self._ask_again()
        elif dice < self._replay_share + 0.022:
            self._read()
        else:
            self._poll()

    def _begun(self, name):
        reply = self._wire.ask("GET", "/api/state")
        chain = Chain(self._stage, self._person, name, reply)
        if chain.cursor is None:
            time.sleep(PAUSE_AFTER_TROUBLE)
            return None
        return chain

    def _poll(self):
        way = self._way if self._random.random() < 0.9 else self._random.choice(WAYS)
        self._keep_old()
        if way == "short" or self._stage.parking:
            self._took(self._chain, self._wire.ask("GET", self._chain.path(0)), "short")
            time.sleep(self._random.uniform(*PAUSE))
        elif way == "held":
            self._took(self._chain, self._wire.ask("GET", self._chain.path(HELD_SECONDS)), "held")
            time.sleep(BREATH)
        else:
            for reply in self._wire.stream(self._chain.path(HELD_SECONDS) + "&stream=1"):
                if not self._took(self._chain, reply, "stream"):
                    break

    def _took(self, chain, reply, mode):
        """Note a poll's answer in a chain. Returns whether it brought the chain further (or nothing new)."""
        if chain.take(reply, mode):
            self.heard += len(reply.body["events"])
            return True
        if reply.status is not None and reply.status in (400, 409) and chain is self._chain:
            self._chain = None
            self._old.clear()
        else:
            time.sleep(PAUSE_AFTER_TROUBLE)
        return False

    def _drain(self):
        taken = self._took(self._chain, self._wire.ask("GET", self._chain.path(0)), "short")
        self._still = self._still + 1 if taken and not self._chain.moved else 0
        time.sleep(0.2)

    def _keep_old(self):
        if self._random.random() < 0.1:
            self._old = [*self._old, self._chain.cursor][-REMEMBERED:]

    def _ask_again(self):
        if self._old:
            cursor = self._random.choice(self._old)
            reply = self._wire.ask("GET", f"/api/updates?since={cursor}&wait=0")
            self._chain.note(reply, "short", cursor, again=True)

    def _read(self):
        key = self._random.choice(self._chain.conversations())
        if key is None:
            return
        path, conversation, last = key
        after = self._random.randrange(max(last, 1))
        reply = self._wire.ask("GET", f"/api/{path}/messages?after={after}&limit=50")
        found = {"messages": rows(reply)} if reply.fields["outcome"] == "ok" else {}
        self._write("read", reply, conversation=conversation, before=None, after=after, **found)

    def _replay(self):
        """Read the state anew and follow both until they stand at the same event: then they must be equal."""
        self._looks += 1
        other = self._begun(f"{self.name}/v{self._looks}")
        for _ in range(REPLAY_TRIES if other else 0):
            if self._stage.parking or self._chain is None:
                return
            for chain in (self._chain, other):
                if not self._took(chain, self._wire.ask("GET", chain.path(0.5)), "held"):
                    return
            if self._chain.cursor_position == other.cursor_position and not self._chain.more and not other.more:
                self._compare(other)
                return

    def _compare(self, other):
        mine, fresh = self._chain.seen(), other.seen()
        found = {} if mine == fresh else {"difference": difference(mine, fresh)}
        line = {"client": self.name, "user": self._person.id, "generation": self._stage.generation}
        self._stage.recorder.write("replay", outcome="ok", equal=mine == fresh, **line, **found)
        self.replays += 1


class Chain:
    """A state and what was heard since: the same as an open page."""

    def __init__(self, stage, person, name, reply):
        self._stage, self._person, self._name = stage, person, name
        self.cursor, self.more, self.moved = None, False, True
        found = {}
        if reply.fields["outcome"] == "ok":
            self.cursor = reply.body["cursor"]
            self._state = indexed(reply.body)
            found = {"until": stage.position(self.cursor), "conversations": {name: last for _, name, last in self.conversations()}}
        self._write("state", reply, **found)

    @property
    def cursor_position(self):
        """Where the chain stands in the log."""
        return self._stage.position(self.cursor)

    def path(self, wait):
        """Return the path of the next poll."""
        return f"/api/updates?since={self.cursor}&wait={wait:g}"

    def conversations(self):
        """Return [(path below /api, conversation, last number)] of everything in the state."""
        groups = [(f"groups/{one}", f"group:{one}", group["last_number"]) for one, group in self._state["groups"].items()]
        return groups + [(f"users/{one}", direct(self._person.id, one), side["last_number"]) for one, side in self._state["directs"].items()]

    def take(self, reply, mode):
        """Note a poll's answer and go on from it. Returns whether there was one."""
        self.note(reply, mode, self.cursor)
        if reply.fields["outcome"] != "ok":
            return False
        for event in reply.body["events"]:
            apply(self._state, event)
        self.moved = bool(reply.body["events"])
        self.cursor, self.more = reply.body["cursor"], reply.body["more"]
        return True

    def note(self, reply, mode, since, **more):
        """Write down a poll's answer."""
        found = {}
        if reply.fields["outcome"] == "ok":
            events = [brief(event, self._person.id) for event in reply.body["events"]]
            found = {"until": self._stage.position(reply.body["cursor"]), "more": reply.body["more"], "events": events}
        self._write("poll", reply, mode=mode, since=self._stage.position(since), **found, **more)

    def seen(self):
        """Return the state as a page would show it now."""
        return of_interest(copy.deepcopy(self._state))

    def _write(self, f, reply, **more):
        self._stage.recorder.write(f, client=self._name, user=self._person.id, generation=self._stage.generation, **reply.fields, **more)


def brief(event, user_id):
    """Return an event as the history keeps it."""
    kind, data = event["kind"], event["data"]
    if kind.startswith("message."):
        message = data["message"]
        return [kind, conversation_of(message), message["number"], message["id"], text_hash(message["content"]), message["sender_id"]]
    if kind in ("member.added", "member.changed"):
        return [kind, f"group:{data['member']['group_id']}", None, None, None, data["member"]["user_id"]]
    if kind in ("member.removed", "group.deleted"):
        return [kind, f"group:{data['group_id']}", None, None, None, data.get("user_id")]
    if kind == "group.joined":
        return [kind, f"group:{data['group']['id']}", None, None, None, user_id]
    return [kind, None, None, None, None, None]


def conversation_of(message):
    """Return the name of a message's conversation."""
    return f"group:{message['group_id']}" if message["group_id"] else direct(message["sender_id"], message["receiver_id"])


def rows(reply):
    """Return a page of messages as the history keeps it."""
    return [[one["number"], one["id"], text_hash(one["content"])] for one in reply.body["messages"]]


def difference(one, other):
    """Return in words where two states differ."""
    for part in one:
        if one[part] != other[part]:
            keys = [key for key in {*one[part], *other[part]} if one[part].get(key) != other[part].get(key)]
            return f"{part}: " + "; ".join(f"{key}: {one[part].get(key)} / {other[part].get(key)}" for key in keys[:3])
    return "none"
