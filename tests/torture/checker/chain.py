"""One reader's chain: a state and the polls that go on from it, within one life of the log."""

from array import array

UNKNOWN = -10  # the last number of a conversation in which nothing was heard yet; one more is no number either


class Gap:
    """Numbers that were passed over. ``removed``: how often the reader had been removed from there before. ``what``: the
    invariant that this breaks: "gap", or "reordered" where a message was edited before it was sent."""

    __slots__ = ("conversation", "done", "filled", "first", "last", "line", "removed", "what")

    def __init__(self, conversation, first, last, done, line, removed, what="gap"):
        self.what, self.conversation, self.first, self.last = what, conversation, first, last
        self.done, self.line, self.removed, self.filled = done, line, removed, 0


class Chain:
    """Where a reader stands, and what it was told since its state."""

    def __init__(self, line, at):
        self.client, self.user, self.generation = line["client"], line["user"], line["generation"]
        self.invoked, self.began, self.line = line["invoked"], line["done"], at
        self.until = line["until"]
        self.last = dict(line["conversations"])  # conversations that it is in: the last number, or UNKNOWN
        self.first = {conversation: number + 1 for conversation, number in self.last.items()}  # begins of unbroken runs
        self.since = dict.fromkeys(self.last, self.began)  # from when on it hears a conversation
        self.received = []  # (conversation, first, last) of unbroken runs that ended
        self.codes = array("I")  # every event
        self.places, self.counts = array("q", [self.until]), array("I", [0])  # positions where polls ended, events up to there
        self.removed = {}  # conversation: how often the reader left it
        self.moves = []  # (number of events before, conversation) where the reader came or left
        self.retold = []  # answers to old cursors
        self.gaps, self.changed, self.suspects = [], {}, {}
        self.polled, self.hung = self.began, self.began  # ends of the last answered poll, of the last unanswered one

    def in_direct(self, conversation):
        """Tell whether a conversation is a direct one of the reader."""
        kind, *people = conversation.split(":")
        return kind == "direct" and self.user in people

    def hear(self, conversation, number, done):
        """Begin to hear a conversation; ``number`` is the last one before, or UNKNOWN."""
        self.last[conversation], self.since[conversation] = number, done
        self.first[conversation] = number + 1

    def run(self, conversation, number):
        """End the unbroken run of a conversation; another one begins with ``number``."""
        first, last = self.first[conversation], self.last[conversation]
        if last >= first >= 0:
            self.received.append((conversation, first, last))
        self.first[conversation] = number

    def leave(self, conversation):
        """Hear no more of a conversation."""
        self.run(conversation, 0)
        del self.last[conversation], self.first[conversation], self.since[conversation]
        self.removed[conversation] = self.removed.get(conversation, 0) + 1

    def runs(self):
        """Return the (conversation, first, last) of all unbroken runs so far."""
        now = [(conversation, self.first[conversation], last) for conversation, last in self.last.items()]
        return self.received + [run for run in now if run[2] >= run[1] >= 0]
