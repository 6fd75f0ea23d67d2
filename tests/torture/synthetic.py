"""Clean histories for the checker's own tests: a small server in memory, with workers that lag, answers that get lost and
backups that are restored, and clients that overlap in time. It promises what the product promises, and nothing more."""

import copy
import heapq
import random

from .history import direct, text_hash
from .synthetic_server import Server


class Play:
    """One run. ``lines`` is its history. Options: ``restores``; the chance of ``lost`` answers and of ``lag``."""

    def __init__(self, seed, *, people=5, groups=2, steps=14, restores=0, moves=True, changes=True, lost=0.1, lag=0.5):
        self.random = random.Random(seed)
        self.lines, self._queue, self._count, self.time = [], [], 0, 100.0
        self._chance = {"lost": lost, "lag": lag, "moves": 0.15 * moves, "changes": 0.2 * changes}
        self.people = [f"u{number}" for number in range(people)]
        self.groups = {f"group:g{number}": self.random.sample(self.people, self.random.randint(2, people)) for number in range(groups)}
        self.groups["group:all"] = list(self.people)
        self.server, self.generation, self._backup = Server(self.groups), 0, None
        self._own = {user: [] for user in self.people}
        self._readers, self._texts = {}, 0
        self.line(f="run", seed=seed, database="none", workers=2, planned={"restore": restores} if restores else {})
        for part in range(restores + 1):
            self._part(steps, part < restores)
        self._rest()

    def line(self, **fields):
        """Add a line."""
        self.lines.append(fields)

    def _part(self, steps, restore):
        for user in self.people:
            self._later(0.1, self._write, user, steps)
            self._later(0.1, self._read, user, steps * 2)
        if restore:
            self._later(steps * 0.5, self._save)
        self._run()
        self._truth()
        if restore:
            started, ended, stored = self._backup
            self.generation += 1
            self.server = copy.deepcopy(stored)
            fault = {"kind": "restore", "started": self.time, "ended": self.time + 1, "did": True, "generation": self.generation}
            self.line(f="fault", **fault, backup_started=started, backup_ended=ended)
            self.time += 1

    def _later(self, most, what, *args):
        self._count += 1
        heapq.heappush(self._queue, (self.time + self.random.uniform(0.001, most), self._count, what, args))

    def _run(self):
        while self._queue:
            self.time, _, what, args = heapq.heappop(self._queue)
            what(*args)

    def _save(self):
        started = self.time
        stored = copy.deepcopy(self.server)
        self.time += 0.01
        self._backup = (started, self.time, stored)

    def _ask(self, fields, deed, then, noted=lambda found: {}):
        """One operation: asked now, done by ``deed`` later, answered later still, or nobody knows."""
        fields |= {"generation": self.generation, "invoked": self.time}
        fate = self.random.random()
        if fate < self._chance["lost"] / 2:
            self._later(0.3, self._told, fields, "info", None, then, noted)
        else:
            self._later(0.3, self._do, fields, deed, then, noted, fate < self._chance["lost"])

    def _do(self, fields, deed, then, noted, lost):
        found = deed()
        self._later(0.3, self._told, fields, "info" if lost else "fail" if found is None else "ok", found, then, noted)

    def _told(self, fields, outcome, found, then, noted):
        http = {"ok": 200, "fail": 404, "info": None}[outcome]
        line = {"done": self.time, "outcome": outcome, "http": http, "code": "not_found" if outcome == "fail" else None}
        self.line(**fields, **line, **(noted(found) if outcome == "ok" else {}))
        then(outcome, found)

    def _write(self, user, steps):
        if not steps:
            return
        dice, own = self.random.random(), self._own[user]
        if dice < self._chance["changes"] and own:
            self._change(user, steps, *self.random.choice(own))
        elif dice < self._chance["changes"] + self._chance["moves"]:
            self._move(user, steps)
        else:
            self._send(user, steps)

    def _again(self, user, steps, repeat):
        """Return what to do after an answer: repeat while nobody knows, then go on."""
        return lambda outcome, found: self._later(0.2, repeat) if outcome == "info" else self._later(0.5, self._write, user, steps - 1)

    def _send(self, user, steps, *, known=None):
        self._texts += 1
        place = self.random.choice([*self.groups, direct(user, self.random.choice(self.people))])
        known = known or {"conversation": place, "client_id": f"c{self._texts}", "hash": text_hash(f"text {self._texts}")}
        fields = {"f": "send", "client": f"{user}/w", "user": user, **known}
        identity = f"m{self._texts}-{self.generation}"
        go_on = self._again(user, steps, lambda: self._send(user, steps, known=known))

        def then(outcome, row):
            if outcome == "ok":
                self._own[user].append((known["conversation"], row[1]))
            go_on(outcome, row)

        deed = lambda: self.server.send(known["conversation"], known["client_id"], user, known["hash"], identity)  # noqa: E731
        self._ask(fields, deed, then, lambda row: {"id": row[1], "number": row[0]})

    def _change(self, user, steps, conversation, identity, text=""):
        if text == "":
            self._texts += 1
            text = None if self.random.random() < 0.3 else text_hash(f"text {self._texts}")
        fields = {"f": "edit" if text else "delete", "client": f"{user}/w", "user": user, "conversation": conversation, "id": identity}
        fields |= {"hash": text} if text else {}
        then = self._again(user, steps, lambda: self._change(user, steps, conversation, identity, text))
        self._ask(fields, lambda: self.server.change(conversation, identity, user, text), then, lambda row: {"number": row[0]})

    def _move(self, user, steps, known=None):
        group, subject = known or (self.random.choice(list(self.groups)[:-1]), self.random.choice(self.people))
        comes = self.random.random() < 0.5
        fields = {"f": "join" if comes else "leave", "client": f"{user}/w", "user": user, "conversation": group, "subject": subject}
        self._ask(fields, lambda: self.server.move(group, subject, comes), self._again(user, steps, lambda: self._write(user, steps)))

    def _read(self, user, steps):
        reader = self._readers.get(user)
        fields = {"client": f"{user}/r", "user": user}
        next_one = lambda *_: self._later(0.4, self._read, user, steps - 1)  # noqa: E731
        if not steps:
            return
        if reader is None:
            self._ask({"f": "state", **fields}, lambda: self._state(user), lambda outcome, found: self._begin(user, outcome, found, next_one), dict)
        elif self.random.random() < 0.1:
            self._page(user, fields, next_one)
        elif self.random.random() < 0.15:
            self._poll(user, self.random.choice(reader["old"]), {"again": True}, next_one)
        else:
            self._poll(user, reader["until"], {}, next_one)

    def _state(self, user):
        names = [*self.server.stays, *(name for name in self.server.rows if name.startswith("direct:"))]
        mine = {name: len(self.server.rows.get(name, ())) for name in names if self.server.now_in(name, user)}
        return {"until": len(self.server.log), "conversations": mine}

    def _begin(self, user, outcome, found, then):
        if outcome == "ok":
            self._readers[user] = {"until": found["until"], "old": [found["until"]], "generation": self.generation}
        then()

    def _page(self, user, fields, then):
        places = [name for name in self.server.rows if self.server.now_in(name, user)]
        if not places:
            then()
            return
        name = self.random.choice(places)
        anchor = self.random.randint(1, len(self.server.rows[name]))
        before, after = self.random.choice([(None, None), (anchor, None), (None, anchor)])
        fields = {"f": "read", **fields, "conversation": name, "before": before, "after": after}
        self._ask(fields, lambda: self._messages(user, name, before, after), then, lambda rows: {"messages": rows})

    def _messages(self, user, name, before=None, after=None):
        if not self.server.now_in(name, user):
            return None
        rows = [[row[0], row[1], row[4]] for row in self.server.rows.get(name, ())]
        if after is not None:
            return rows[after : after + 5]
        return rows[: before - 1 if before else None][-5:]

    def _poll(self, user, since, more, then):
        reader = self._readers[user]
        fields = {"f": "poll", "client": f"{user}/r", "user": user, "mode": "short", "since": since, **more}
        if reader["generation"] != self.generation:
            done = {"generation": self.generation, "invoked": self.time, "done": self.time + 0.01}
            self.line(**fields, **done, outcome="fail", http=409, code="resync")
            self._readers[user] = None
            then()
            return

        def heard(outcome, found):
            if outcome == "ok" and not more:
                reader["until"] = found["until"]
                reader["old"] = [*reader["old"], found["until"]][-4:]
            then()

        self._ask(fields, lambda: self._answer(user, since), heard, dict)

    def _answer(self, user, since):
        newest = len(self.server.log)
        lags = self.random.random() < self._chance["lag"]
        read = self.random.randint(min(since, newest), newest) if lags else newest
        rights = self.random.choice([read, newest]) if lags else newest
        events, until, more = self.server.answer(user, since, read, rights, self.random.choice([read, newest]))
        return {"until": until, "more": more, "events": events}

    def _rest(self):
        """No fault any more: everybody reads to the end, then everything is read once more."""
        self._chance |= {"lost": 0, "lag": 0}
        self.lines.insert(len(self.lines) - 1, {"f": "healed", "at": self.time})
        truth = self.lines.pop()
        for user in self.people:
            self._settle(user)
        self._run()
        self.line(f="quiet", at=self.time)
        for user in self.people:
            fields = {"client": f"{user}/final", "user": user, "generation": self.generation, "outcome": "ok", "http": 200, "code": None}
            self.line(**{**fields, "f": "replay", "client": f"{user}/r"}, equal=True)
            for name in [*self.server.rows]:
                if self.server.now_in(name, user):
                    rows = [[row[0], row[1], row[4]] for row in self.server.rows[name]]
                    self.line(**fields, f="final", conversation=name, invoked=self.time + 1, done=self.time + 2, messages=rows)
        self.lines.append(truth)

    def _settle(self, user):
        reader = self._readers.get(user)
        if reader is None:
            then = lambda outcome, found: self._begin(user, outcome, found, lambda: self._settle(user))  # noqa: E731
            self._ask({"f": "state", "client": f"{user}/r", "user": user}, lambda: self._state(user), then, dict)
        elif reader["generation"] != self.generation or reader["until"] < self._newest(user):
            self._poll(user, reader["until"], {}, lambda: self._settle(user))
        elif not reader.get("still"):
            reader["still"] = True
            self._poll(user, reader["until"], {}, lambda: None)

    def _newest(self, user):
        newest = len(self.server.log)
        return self.server.answer(user, self._readers[user]["until"], newest, newest, newest)[1]

    def _truth(self):
        members = {group: self.server.members(group) for group in self.server.stays}
        self.line(f="truth", generation=self.generation, rows=copy.deepcopy(self.server.rows), members=members)


def clean(seed, **options):
    """Return the lines of a history without any anomaly."""
    return Play(seed, **options).lines


SHAPES = {
    "plain": {"moves": False, "changes": False, "lost": 0, "lag": 0},
    "lost answers": {"lost": 0.5, "moves": False},
    "coming and going": {"groups": 3, "steps": 20},
    "lagging workers": {"lag": 1.0, "steps": 20},
    "edits": {"moves": False, "steps": 20, "people": 3},
    "restored": {"restores": 1},
    "restored twice": {"restores": 2, "lost": 0.3},
    "everything": {"people": 6, "groups": 3, "steps": 25, "restores": 1, "lost": 0.3},
}
