"""Walks the readers' chains, poll by poll, event by event: numbers, cursors, comings and goings."""

from . import again
from .chain import UNKNOWN, Chain, Gap
from .seen import CODE, ID, SENDER, TEXT

LATE_SECONDS = 5


class Walker:
    """One a history. ``chains`` are where the readers stand now; None after a chain's end. ``clients`` are those who stay."""

    def __init__(self, findings, seen):
        self._findings, self._seen = findings, seen
        self.chains, self.clients = {}, {}
        self.gaps, self.received, self.retold, self.late = [], [], [], []  # retold: chains that asked again
        self.deleted = set()  # (generation, conversation) of groups that were deleted
        self.healed = None
        self.deliveries = self.polls = 0
        self._told = set()

    def state(self, line, at):
        """Begin a chain."""
        client = line["client"]
        self._met(client, at)
        if line["outcome"] != "ok":
            return
        old = self.chains.get(client)
        if old is not None:
            if old.generation == line["generation"] and line["until"] < old.until:
                self._findings.add("cursor", f"{client}'s new state stands at {line['until']}, before {old.until}", at)
            self.end(old)
        self.chains[client] = Chain(line, at)

    def poll(self, line, at):
        """Go on with a chain."""
        client = line["client"]
        self._met(client, at)
        chain = self.chains.get(client)
        if line["outcome"] != "ok":
            self._broken(chain, line, at)
            return
        self.polls += 1
        self.deliveries += len(line["events"])
        if chain is None:
            if client not in self._told:
                self._findings.add("cursor", f"{client} was answered without a state", at)
                self._told.add(client)
        elif chain.generation != line["generation"]:
            self._findings.add("cursor", f"{client}'s cursor of generation {chain.generation} was answered in {line['generation']}", at)
            self._drop(client)
            self._told.add(client)
        elif line.get("again"):
            self._positions(line, at)
            again.retell(self._seen, self._findings, chain, line, at)
        else:
            self._positions(line, at)
            self._go_on(chain, line, at)

    def end(self, chain):
        """Keep of a chain that is over what is judged later."""
        self.gaps += [(chain, gap) for gap in chain.gaps]
        self.received += [(chain, *run) for run in chain.runs()]
        for conversation, at in chain.suspects.items():
            self._findings.add("entitlement", f"{chain.client} heard who came into {conversation} without being in it", at)
        if chain.retold:
            self.retold.append(chain)
        else:
            chain.codes = None

    def _met(self, client, at):
        if client.endswith("/r"):  # others look once and go away
            self.clients[client] = at

    def _drop(self, client):
        chain = self.chains.get(client)
        if chain is not None:
            self.end(chain)
        self.chains[client] = None

    def _broken(self, chain, line, at):
        client, code = line["client"], line["code"]
        if line["outcome"] == "info":
            if chain is not None and (self.healed is None or line["invoked"] <= self.healed):
                chain.hung = line["done"]
            return
        renewed = chain is not None and chain.generation != line["generation"]
        if code != "resync":
            what = "cursor" if code == "bad_cursor" else "liveness"
            self._findings.add(what, f"{client}'s poll was refused: {line['http']} {code}", at)
        elif not renewed and (not line.get("again") or (chain is not None and line["since"] in chain.places)):
            self._findings.add("liveness", f"{client} was told to resync, but the log is the same", at)
        if line.get("again") or code not in ("resync", "bad_cursor"):
            return
        self._drop(client)
        self._told.discard(client)

    def _positions(self, line, at):
        moved, events = line["until"] - line["since"], len(line["events"])
        if moved < events or (moved < 0):
            self._findings.add("cursor", f"{events} events moved {line['client']}'s cursor by {moved}", at)

    def _go_on(self, chain, line, at):
        if line["since"] != chain.until:
            self._findings.add("cursor", f"{chain.client} stood at {chain.until} and asked from {line['since']}", at)
        chain.polled = line["done"]
        chain.until = max(chain.until, line["until"])
        if line["events"]:
            self._walk(chain, line["events"], line["done"], at)
            chain.places.append(chain.until)
            chain.counts.append(len(chain.codes))
            if self.healed is not None and line["done"] > self.healed + LATE_SECONDS:
                told = [(event[1], event[2]) for event in line["events"] if event[0] == "message.sent"]
                self.late.append((chain, told, line["done"], at))

    def _walk(self, chain, events, done, at):
        """The hot loop: what is as it should be goes through with few steps."""
        last, tell, seen = chain.last, chain.codes.append, self._seen
        stored, known = seen.rows[chain.generation], last.get
        for event in events:
            kind, conversation, number, identity, text, sender = event
            if kind != "message.sent":
                tell(seen.code(event))
                if conversation is not None:
                    self._other(chain, event, done, at)
                continue
            if known(conversation, UNKNOWN) + 1 == number:
                last[conversation] = number
            else:
                self._jump(chain, conversation, number, done, at)
            row = stored[conversation].get(number)
            if row is None:
                row = seen.new(chain.generation, conversation, number, identity, sender, done, at)
            if row[TEXT] != text or row[ID] != identity or row[SENDER] != sender:
                seen.sent(row, conversation, number, identity, text, sender, done, at)
            tell(row[CODE])

    def _jump(self, chain, conversation, number, done, at):
        last = chain.last.get(conversation)
        if last is None:
            if not chain.in_direct(conversation):
                self._findings.add("entitlement", f"{chain.client} got {conversation} number {number} without being in it", at)
                return
            chain.hear(conversation, 0, chain.began)
            last = 0
        if last == UNKNOWN:
            chain.first[conversation] = chain.last[conversation] = number
        elif number > last:
            if number > last + 1:
                removed = chain.removed.get(conversation, 0)
                chain.gaps.append(Gap(conversation, last + 1, number - 1, done, at, removed))
                chain.run(conversation, number)
            chain.last[conversation] = number
        else:
            self._back(chain, conversation, number, at)

    def _back(self, chain, conversation, number, at):
        for gap in chain.gaps:
            if gap.conversation == conversation and gap.first <= number <= gap.last:
                gap.filled += 1
                self._findings.add("reordered", f"{chain.client} got {conversation} number {number} after {chain.last[conversation]}", gap.line, at)
                return
        self._findings.add("duplicate", f"{chain.client} got {conversation} number {number} again", at)

    def _other(self, chain, event, done, at):
        kind, conversation, number, identity, text, subject = event
        if kind == "group.joined":
            chain.moves.append((len(chain.codes) - 1, conversation))
            if conversation in chain.last:
                self._findings.add("duplicate", f"{chain.client} came into {conversation} twice", at)
                chain.leave(conversation)
            chain.suspects.pop(conversation, None)
            chain.hear(conversation, UNKNOWN, done)
        elif kind == "group.deleted" or (kind == "member.removed" and subject == chain.user):
            chain.moves.append((len(chain.codes) - 1, conversation))
            if kind == "group.deleted":
                self.deleted.add((chain.generation, conversation))
            if conversation in chain.last:
                chain.leave(conversation)
            else:
                self._findings.add("reordered", f"{chain.client} left {conversation} without being in it", at)
        elif conversation not in chain.last and not chain.in_direct(conversation):
            if kind != "member.added":
                self._findings.add("entitlement", f"{chain.client} got {kind} of {conversation} without being in it", at)
            elif subject != chain.user:  # a group that is made with several people tells of each before the next one's own news
                chain.suspects.setdefault(conversation, at)
        elif identity is not None:
            if UNKNOWN != chain.last.get(conversation, 0) < number:
                chain.gaps.append(Gap(conversation, number, number, done, at, chain.removed.get(conversation, 0), "reordered"))
            chain.changed.setdefault(identity, []).append((kind, text, at))
            self._seen.change(chain.generation, event, done, at)
