"""Everything of a history that is not a reader's chain, kept so that it can be looked up."""

from collections import Counter, defaultdict
from math import inf
from typing import NamedTuple


class Try(NamedTuple):
    """One attempt at an operation. ``text``: the hash it writes; ``id`` and ``number``: what was acknowledged."""

    generation: int
    invoked: float
    done: float
    outcome: str
    line: int
    text: str | None = None
    id: str | None = None
    number: int | None = None
    kind: str = "send"

    @property
    def over(self):
        """The moment after which it does nothing more in its own generation."""
        return inf if self.outcome == "info" else self.done


class Send:
    """A message that somebody wanted to send, by all its attempts."""

    __slots__ = ("client", "conversation", "tries", "user")

    def __init__(self, user, client, conversation):
        self.user, self.client, self.conversation, self.tries = user, client, conversation, []


class State(NamedTuple):
    """A state that was read."""

    generation: int
    user: str
    invoked: float
    done: float
    conversations: dict
    line: int


class Page(NamedTuple):
    """A page of history that was read; ``rows`` is None where it was refused or nobody knows."""

    f: str
    generation: int
    user: str
    conversation: str
    invoked: float
    done: float
    outcome: str
    before: int | None
    after: int | None
    first: int | None
    last: int | None
    line: int


class Index:
    """Filled line by line."""

    def __init__(self):
        self.sends = {}  # (user, client_id): Send
        self.changes = defaultdict(list)  # message id: edits and deletions, as Try
        self.moves = defaultdict(list)  # (generation, conversation, user): joins and leaves, as Try
        self.states = defaultdict(list)  # (generation, user): State
        self.pages, self.finals = [], []
        self.final_rows = {}  # line: rows
        self._same = {}  # conversation: rows of its newest final; most are equal, and kept once
        self.truths, self.truth_lines = {}, {}
        self.restores, self.faults, self.plans = {}, [], []
        self.healed = self.quiet = None
        self.generations = set()
        self.acked_sends = 0

    def injected(self):
        """Return {kind of fault: how often it was really injected}."""
        return Counter(fault["kind"] for fault in self.faults if fault.get("did"))

    def send(self, line, at):
        """Take an attempt to send."""
        key = (line["user"], line["client_id"])
        found = self.sends.get(key)
        if found is None:
            found = self.sends[key] = Send(line["user"], line["client"], line["conversation"])
        found.tries.append(self._try(line, at, line["hash"]))
        self.acked_sends += line["outcome"] == "ok"

    def change(self, line, at):
        """Take an edit or a deletion."""
        self.changes[line["id"]].append(self._try(line, at, line.get("hash")))

    def move(self, line, at):
        """Take somebody's coming or going."""
        self.moves[line["generation"], line["conversation"], line["subject"]].append(self._try(line, at, None))

    def state(self, line, at):
        """Take a state."""
        if line["outcome"] == "ok":
            kept = State(line["generation"], line["user"], line["invoked"], line["done"], line["conversations"], at)
            self.states[kept.generation, kept.user].append(kept)

    def page(self, line, at):
        """Take a page of history, or a whole conversation."""
        rows = line.get("messages") if line["outcome"] == "ok" else None
        ends = (rows[0][0], rows[-1][0]) if rows else (None, None)
        place = (line["f"], line["generation"], line["user"], line["conversation"], line["invoked"], line["done"], line["outcome"])
        page = Page(*place, line.get("before"), line.get("after"), *ends, at)
        (self.finals if line["f"] == "final" else self.pages).append(page)
        if line["f"] == "final" and rows is not None:
            same = self._same.get(page.conversation)
            self.final_rows[at] = self._same[page.conversation] = same if same == rows else rows

    def truth(self, line, at):
        """Take the database itself at the end of a generation."""
        self.truths[line["generation"]] = line
        self.truth_lines[line["generation"]] = at

    def fault(self, line, at):
        """Take a fault."""
        self.faults.append(line)
        if line["kind"] == "restore" and line.get("did"):
            self.restores[line["generation"]] = (line["started"], line["backup_started"], line["backup_ended"])

    @staticmethod
    def _try(line, at, text):
        return Try(line["generation"], line["invoked"], line["done"], line["outcome"], at, text, line.get("id"), line.get("number"), line["f"])
