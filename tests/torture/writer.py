"""A person who writes: sends most of all, sometimes edits, deletes, leaves and comes back. One thing after the other, each
repeated until it is known how it ended, as an outbox does."""

import time
import uuid
from collections import deque

from .client import Client
from .history import direct, text_hash

PAUSE_AFTER_TROUBLE = 0.1
REMEMBERED = 50


class Writer(Client):
    """One person's writing hand."""

    role = "writer"

    def __init__(self, stage, person, number, seed, restless=0.01):
        super().__init__(stage, person, f"w{number}", seed)
        self._restless = restless  # the share of deeds that move somebody
        self._own = deque(maxlen=REMEMBERED)  # (message id, conversation) of what was acknowledged
        self._generation = 0
        self._count = 0
        self.acknowledged = 0

    def _goes_on(self):
        return self._stage.writing

    def _act(self):
        if self._generation != self._stage.generation:
            self._generation = self._stage.generation
            self._own.clear()
        dice = self._random.random()
        if dice < 0.03 and self._own:
            self._correct(*self._random.choice(self._own))
        elif dice < 0.04 and self._own:
            self._take_back(*self._own.popleft())
        elif dice < 0.04 + self._restless and self._person in self._stage.world.movers:
            self._move()
        elif dice < 0.04 + self._restless and self._person is self._stage.world.owner:
            self._order_about()
        else:
            self._send()

    def _send(self):
        path, conversation = self._place()
        self._count += 1
        content, client_id = f"{self.name} says {self._count}: {self._random.random()}", str(uuid.uuid4())
        body = {"client_id": client_id, "content": content}
        known = {"conversation": conversation, "client_id": client_id, "hash": text_hash(content)}
        reply = self._until_known("POST", f"{path}/messages", body, "send", known, self._numbered)
        if reply.status in (200, 201):
            self.acknowledged += 1
            self._own.append((reply.body["message"]["id"], conversation))

    def _place(self):
        world = self._stage.world
        dice = self._random.random()
        if dice < 0.2:
            partner = self._random.choice(world.partners(self._person)).id
            return f"/api/users/{partner}", direct(self._person.id, partner)
        if dice < 0.35:
            return f"/api/groups/{world.loose}", f"group:{world.loose}"  # refused while one is not in it
        group = self._random.choice(world.groups(self._person))
        return f"/api/groups/{group}", f"group:{group}"

    def _correct(self, message_id, conversation):
        content = f"{self.name} corrects: {self._random.random()}"
        known = {"conversation": conversation, "id": message_id, "hash": text_hash(content)}
        self._until_known("PATCH", f"/api/messages/{message_id}", {"content": content}, "edit", known, self._numbered)

    def _take_back(self, message_id, conversation):
        if any(message_id == other for other, _ in self._own):
            return
        self._until_known("DELETE", f"/api/messages/{message_id}", None, "delete", {"conversation": conversation, "id": message_id}, self._numbered)

    def _move(self):
        world = self._stage.world
        known = {"conversation": f"group:{world.loose}", "subject": self._person.id}
        if self._random.random() < 0.5:
            self._until_known("POST", f"/api/invites/{world.invite}/accept", None, "join", known)
        else:
            self._until_known("DELETE", f"/api/groups/{world.loose}/members/{self._person.id}", None, "leave", known)

    def _order_about(self):
        world = self._stage.world
        subject = self._random.choice(world.movers).id
        known = {"conversation": f"group:{world.loose}", "subject": subject}
        if self._random.random() < 0.5:
            self._until_known("POST", f"/api/groups/{world.loose}/members", {"user_id": subject}, "join", known)
        else:
            self._until_known("DELETE", f"/api/groups/{world.loose}/members/{subject}", None, "leave", known)

    def _until_known(self, method, path, body, f, known, more=lambda reply: {}):
        while True:
            reply = self._wire.ask(method, path, body)
            found = more(reply) if reply.fields["outcome"] == "ok" else {}
            self._write(f, reply, **(known | found))
            if reply.fields["outcome"] != "info":
                return reply
            if self._random.random() < 0.5:  # signed in anew, or on another device
                self._wire, self._spare = self._spare, self._wire
            time.sleep(PAUSE_AFTER_TROUBLE)
            self._stage.wait_here(self.role)

    @staticmethod
    def _numbered(reply):
        message = reply.body["message"]
        return {"id": message["id"], "number": message["number"]}
