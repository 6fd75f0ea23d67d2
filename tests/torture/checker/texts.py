"""Texts: each message is a register that its author writes: by sending, editing, deleting for good."""

from collections import defaultdict
from math import inf
from typing import NamedTuple

from .seen import EMPTY, ID, TEXT, UNTOLD


class Write(NamedTuple):
    """``text`` was written at some moment from ``invoked`` on; after ``over`` no more. ``certain``: it surely was."""

    text: str | None
    invoked: float
    over: float
    certain: bool
    line: int


class Texts:
    """The texts that the messages of one generation may have had, and when."""

    def __init__(self, stored, index, lineage):
        self._stored, self._index, self._lineage = stored, index, lineage

    def sent(self, row):
        """Return the hash that a stored row was sent with, or None."""
        send = self._index.sends.get((row[3], row[2]))
        return send.tries[0].text if send else None

    def changes(self, identity, kind=None):
        """Return the edits and deletions (or only those of a kind) that may have been made of a message."""
        tries = self._index.changes.get(identity, ())
        return [one for one in tries if kind in (None, one.kind) and self._lineage.possible(self._stored.generation, one)]

    def writes(self, row):
        """Return the Writes of a stored row, deletions as None."""
        send = self._index.sends.get((row[3], row[2]))
        generation, lineage = self._stored.generation, self._lineage
        tries = [one for one in send.tries if lineage.possible(generation, one)] if send else []
        found = [
            Write(one.text, one.invoked, lineage.over(generation, one), lineage.certain(generation, one), one.line) for one in self.changes(row[1])
        ]
        if tries:
            # Nobody changes what is not there yet: the sent text is older than any other.
            found.insert(0, Write(tries[0].text, min(one.invoked for one in tries), -inf, True, tries[0].line))
        return found

    def fault(self, row, text, first_done, last_invoked):
        """Return (invariant, what is wrong) of a text that was there from some read that ended at ``first_done`` to one
        that began at ``last_invoked``; None when it may have been."""
        writes = self.writes(row)
        causes = [one for one in writes if one.text == text and one.invoked < first_done]
        if not causes:
            return "diverged", "has a text that nobody had written"
        if text is not None:
            over = max(one.over for one in causes)
            for one in writes:
                if one.text != text and one.certain and one.over < last_invoked and (one.text is None or one.invoked > over):
                    return "ack", f"has a text older than what line {one.line} acknowledges"
        return None


def judge_texts(stored, texts, seen, findings, line):
    """Judge every text of a generation: in events, in pages, in the database."""
    for name, conversation in stored.conversations.items():
        shown = seen.rows[stored.generation].get(name, {})
        for row in conversation.rows:
            _judge_event(name, row, shown.get(row[0]), texts, findings)
            if wrong := _judge_text(texts, row, row[4], inf, inf):
                findings.add(wrong[0], f"{name} number {row[0]} {wrong[1]}", line)
    for (generation, identity, text), (done, first, invoked, last) in seen.shown.items():
        place = stored.by_id.get(identity) if generation == stored.generation else None
        if place is not None and (wrong := _judge_text(texts, place[1], text, done, invoked)):
            findings.add(wrong[0], f"a page of {place[0]} number {place[1][0]} {wrong[1]}", first, last)


def _judge_text(texts, row, text, done, invoked):
    if not texts.changes(row[1]) and text == texts.sent(row):
        return None
    return texts.fault(row, text, done, invoked)


def _judge_event(name, row, shown, texts, findings):
    if shown is None or shown[ID] != row[1]:
        return
    if shown[TEXT] not in (UNTOLD, texts.sent(row)):
        findings.add("diverged", f"{name} number {row[0]} was told with another text than it was sent with", shown[-1])
    if shown[EMPTY] is not None and not any(one.invoked < shown[EMPTY] for one in texts.changes(row[1])):
        findings.add("diverged", f"{name} number {row[0]} was told without its text, which nobody changed", shown[-1])


def judge_changes(stored, texts, seen, findings):
    """Judge the events of edits and deletions: somebody asked for them, of that message."""
    for (generation, kind, identity, text), (done, line, conversation, number, sender) in seen.changed.items():
        if generation != stored.generation:
            continue
        what = f"{kind} of {conversation} number {number}"
        place = stored.by_id.get(identity)
        if place is None or (place[0], place[1][0], place[1][3]) != (conversation, number, sender):
            findings.add("diverged", f"{what} is not what is stored as {identity}", line)
            continue
        asked = [one for one in texts.changes(identity) if one.invoked < done]
        if kind == "message.deleted":
            if text is not None:
                findings.add("diverged", f"{what} came with a text", line)
            fits = any(one.kind == "delete" for one in asked)
        elif text is None:  # blanked by a later one
            fits = len(asked) >= 2 and any(one.kind == "edit" for one in asked)
        else:
            fits = any(one.text == text for one in asked)
        if not fits:
            findings.add("phantom", f"{what} came, but nobody had asked for it", line)


def judge_repeats(chains, texts_of, findings):
    """No chain hears of one change twice: a deletion once, an edit to one text as often as it was asked for."""
    for chain in chains:
        texts = texts_of.get(chain.generation)
        for identity, heard in chain.changed.items() if texts else ():
            counts = defaultdict(list)
            for kind, text, line in heard:
                counts[kind, text].append(line)
            for (kind, text), lines in counts.items():
                if len(lines) > 1:
                    _judge_repeat(chain, texts, identity, kind, text, lines, findings)


def _judge_repeat(chain, texts, identity, kind, text, lines, findings):
    asked = texts.changes(identity, "delete" if kind == "message.deleted" else "edit")
    most = 1 if kind == "message.deleted" else sum(text is None or one.text == text for one in asked)
    if len(lines) > max(most, 1):
        findings.add("duplicate", f"{chain.client} heard {kind} of {identity} {len(lines)} times", *lines[:2])
