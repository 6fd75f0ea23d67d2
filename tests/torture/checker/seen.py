"""What clients were shown: which message a number was, with which texts. The same for everybody, or it diverged."""

from collections import defaultdict

ID, SENDER, TEXT, CODE, FIRST, EMPTY, LINE = range(7)
UNTOLD = ""  # nobody was told yet; None is a text that is gone


class Seen:
    """One a history."""

    def __init__(self, findings):
        self._findings = findings
        self.rows = defaultdict(lambda: defaultdict(dict))  # generation: conversation: number: [ID ... LINE]
        self.changed = {}  # (generation, kind, id, hash): [first done, line, conversation, number, sender]
        self.shown = {}  # (generation, id, hash) in pages: [first done, its line, last invoked, its line]
        self.places = []  # of each code: its conversation
        self._codes = {}

    def new(self, generation, conversation, number, identity, sender, done, at):
        """Add a message that nobody saw before. Returns its row."""
        row = [identity, sender, UNTOLD, len(self.places), done, None, at]
        self.places.append(conversation)
        self.rows[generation][conversation][number] = row
        return row

    def sent(self, row, conversation, number, identity, text, sender, done, at):
        """Take a message.sent that is not plainly the same as before."""
        if row[ID] != identity:
            self._findings.add("diverged", f"{conversation} number {number} is {row[ID]} and {identity}", row[LINE], at)
            return
        if row[SENDER] is None:
            row[SENDER] = sender
        elif row[SENDER] != sender:
            self._findings.add("diverged", f"{conversation} number {number} is by {row[SENDER]} and by {sender}", row[LINE], at)
        if text is None:
            row[EMPTY] = done if row[EMPTY] is None else min(row[EMPTY], done)
        elif row[TEXT] == UNTOLD:
            row[TEXT] = text
        elif row[TEXT] != text:
            self._findings.add("diverged", f"{conversation} number {number} was sent with two texts", row[LINE], at)

    def code(self, event):
        """Return a number for what an event other than message.sent says, but for its text."""
        key = (event[0], event[1], event[2], event[3], event[5])
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.places)
            self.places.append(event[1])
        return code

    def change(self, generation, event, done, at):
        """Take a message.edited or message.deleted."""
        kind, conversation, number, identity, text, sender = event
        key = (generation, kind, identity, text)
        known = self.changed.get(key)
        if known is None:
            self.changed[key] = [done, at, conversation, number, sender]
            return
        known[0] = min(known[0], done)
        if known[2:] != [conversation, number, sender]:
            self._findings.add("diverged", f"{kind} of {identity} names {known[3]} and {number} of {conversation}", known[1], at)

    def page(self, line, at):
        """Take the rows of a page."""
        generation, conversation, done, invoked = line["generation"], line["conversation"], line["done"], line["invoked"]
        rows = self.rows[generation][conversation]
        for number, identity, text in line["messages"]:
            row = rows.get(number)
            if row is None:
                self.new(generation, conversation, number, identity, None, done, at)
            elif row[ID] != identity:
                self._findings.add("diverged", f"{conversation} number {number} is {row[ID]} and {identity}", row[LINE], at)
            shown = self.shown.get((generation, identity, text))
            if shown is None:
                self.shown[generation, identity, text] = [done, at, invoked, at]
                continue
            if done < shown[0]:
                shown[:2] = done, at
            if invoked > shown[2]:
                shown[2:] = invoked, at
