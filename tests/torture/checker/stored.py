"""The database itself at the end of a generation, held against what was sent, acknowledged and seen."""

from math import inf

from .seen import FIRST, ID


class Conversation:
    """A conversation's rows by number, with the first moment each was tried and the first moment each was surely there."""

    def __init__(self, rows):
        self.rows = sorted(rows)
        self.numbers = [row[0] for row in self.rows]
        self.invoked, self.known, self.acked = [], [], []  # one for each row, inf or -inf where there is none

    def measure(self):
        """Make what is asked by time: the newest number that was there at a moment, the first that was not even tried."""
        self.tried_so_far, self.known_from_here = [], []
        newest = -inf
        for moment in self.invoked:
            newest = max(newest, moment)
            self.tried_so_far.append(newest)
        first = inf
        for moment in reversed(self.known):
            first = min(first, moment)
            self.known_from_here.append(first)
        self.known_from_here.reverse()


class Stored:
    """One generation. ``by_id``: {message id: (conversation, row)}."""

    def __init__(self, generation, truth, checker):
        self.generation = generation
        self._index, self._lineage, self._seen, self._findings = checker.index, checker.lineage, checker.seen, checker.findings
        self.members = {conversation: set(people) for conversation, people in truth["members"].items()}
        self.conversations = {name: Conversation(rows) for name, rows in truth["rows"].items()}
        self.by_id, self.by_key, self.sender = {}, {}, {}
        self._line = checker.index.truth_lines[generation]

    def judge(self, deleted):
        """Judge the rows and the sends. ``deleted`` are groups whose rows may be cleared away."""
        for name, conversation in self.conversations.items():
            if name not in deleted and conversation.numbers != list(range(1, len(conversation.rows) + 1)):
                self._findings.add("gap", f"{name} holds {len(conversation.rows)} messages, not numbered 1, 2, 3 …", self._line)
            for row in conversation.rows:
                self._row(name, conversation, row)
            conversation.measure()
        for key, send in self._index.sends.items():
            if send.conversation not in deleted:
                self._send(key, send)

    def _row(self, name, conversation, row):
        number, identity, client_id, sender, _ = row
        key = (sender, client_id)
        if key in self.by_key or identity in self.by_id:
            self._findings.add("duplicate", f"{name} number {number} has a client id or an id that another row has", self._line)
        self.by_id[identity], self.by_key[key] = (name, row), (name, row)
        send = self._index.sends.get(key)
        tries = [one for one in send.tries if self._lineage.possible(self.generation, one)] if send else []
        shown = self._seen.rows[self.generation].get(name, {}).get(number)
        seen = shown[FIRST] if shown and shown[ID] == identity else inf
        first = min((one.invoked for one in tries), default=-inf)
        if not tries:
            why = "was refused" if send else "was never sent"
            self._findings.add("phantom", f"{name} number {number} {why}, but is stored", self._line)
        elif seen < first:
            self._findings.add("phantom", f"{name} number {number} was seen before it was sent", shown[-1], tries[0].line)
        acked = min((one.done for one in tries if one.outcome == "ok"), default=inf)
        conversation.invoked.append(first)
        conversation.acked.append(acked)
        conversation.known.append(min(acked, seen))

    def _send(self, key, send):
        acked = [one for one in send.tries if one.outcome == "ok" and self._lineage.possible(self.generation, one)]
        if not acked:
            return
        found = self.by_key.get(key)
        if found is None:
            if any(self._lineage.certain(self.generation, one) for one in acked):
                what = f"{send.conversation} number {acked[-1].number} was acknowledged and is not stored in generation {self.generation}"
                self._findings.add("lost", what, acked[-1].line, self._line)
            return
        name, row = found
        own = [one for one in send.tries if one.generation == self.generation and one.outcome != "fail"]
        for one in acked:
            told = (send.conversation, one.number, one.id)
            if told != (name, row[0], row[1]) and (one in own or self._lineage.certain(self.generation, one) or not own):
                self._findings.add("ack", f"{told} was acknowledged, {(name, row[0], row[1])} is stored", one.line, self._line)


def judge_seen(stored, seen, index, lineage, findings):
    """Judge what was seen of a generation by what is stored of it."""
    hopes = {}  # what may have been seen and lost again: sends nobody acknowledged
    for key, send in index.sends.items():
        if key not in stored.by_key:
            for one in send.tries:
                if lineage.possible(stored.generation, one):
                    hopes[send.user, send.conversation, one.text] = one
    places = {place for _, place, _ in hopes}
    acked = {one.id for send in index.sends.values() for one in send.tries if one.outcome == "ok"}
    for name, rows in seen.rows[stored.generation].items():
        for number, row in rows.items():
            identity, sender, text, _, _, _, line = row
            place = stored.by_id.get(identity)
            if place is not None and (place[0], place[1][0]) == (name, number):
                if sender not in (None, place[1][3]):
                    findings.add("diverged", f"{name} number {number} is by {place[1][3]} and was seen by {sender}", line)
            elif place is not None:
                findings.add("diverged", f"{identity} is {place[0]} number {place[1][0]} and was seen as {name} number {number}", line)
            elif identity in acked:
                findings.add("lost", f"{name} number {number} was seen and acknowledged and is not stored", line)
            elif (sender, name, text) in hopes or (sender is None and name in places):
                findings.add("uncertain", f"{name} number {number} was seen and is not stored", line)
            else:
                findings.add("phantom", f"{name} number {number} was seen and never sent", line)
