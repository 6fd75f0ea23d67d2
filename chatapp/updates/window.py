"""The newest events in memory. Pure: no thread, no SQL.

Events are found by key, one for each group and each person. The window knows per key the newest position that it does
not hold: a reader is *inside* while none of its keys lost anything newer than its cursor, so a quiet reader's cursor
stays inside however busy others are.
"""

import json
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

JOINED = "group.joined"


@dataclass(slots=True)
class Entry:
    """One event in memory; ``body`` is the JSON text that clients get."""

    position: int
    keys: tuple
    body: str
    kind: str
    message_id: str | None = None
    cursor: str | None = None  # sealed for whoever was told of this event last; the same for all of them


def group_key(group_id):
    """Return the key of a group's events."""
    return "g:" + group_id


def user_key(user_id):
    """Return the key of a person's own events."""
    return "u:" + user_id


def is_user(key):
    """Tell whether a key is that of a person's own events."""
    return key.startswith("u:")


def joins(entries):
    """Return {key of a group: position} of the newest group.joined of each group among a person's own events, given in order."""
    return {group_key(json.loads(entry.body)["data"]["group"]["id"]): entry.position for entry in entries if entry.kind == JOINED}


def groups_of(keys):
    """Return the ids of the groups among these keys."""
    return [key[2:] for key in keys if key.startswith("g:")]


def people_of(keys):
    """Return the ids of the people among these keys."""
    return [key[2:] for key in keys if is_user(key)]


class Run:
    """One key's events in order: cheap to add to, to shorten from the front, and to read from any position on."""

    __slots__ = ("_entries", "_start")

    def __init__(self):
        self._entries, self._start = [], 0

    def __len__(self):
        return len(self._entries) - self._start

    @property
    def newest(self):
        """The position of the newest event."""
        return self._entries[-1].position

    def append(self, entry):
        """Add the newest event."""
        self._entries.append(entry)

    def drop_oldest(self):
        """Forget the oldest event. Its place is given back when half of the list is such places."""
        self._entries[self._start] = None
        self._start += 1
        if self._start * 2 > len(self._entries):
            del self._entries[: self._start]
            self._start = 0

    def after(self, position, most):
        """Return the events after ``position``, at most ``most`` (None: all)."""
        start = bisect_right(self._entries, position, lo=self._start, key=lambda entry: entry.position)
        return self._entries[start : None if most is None else start + most]


def _merged(runs, since, most):
    found = {entry.position: entry for key, run in runs for entry in run.after(since[key], most)}
    return [found[at] for at in sorted(found)[:most]]


class Window:
    """A bounded run of events, oldest dropped first."""

    def __init__(self, most_events=50_000, most_characters=64_000_000):
        self._most_events = most_events
        self._most_characters = most_characters
        self._characters = 0
        self._entries = deque()
        self._by_key = {}
        self._by_message = {}
        self._dropped = {}
        self._newest_dropped = 0

    def __len__(self):
        return len(self._entries)

    def note_dropped(self, key, position):
        """Remember that a key has an event at this position which the window does not hold."""
        self._dropped[key] = max(self._dropped.get(key, 0), position)
        self._newest_dropped = max(self._newest_dropped, position)

    def append(self, entry):
        """Add the newest event; drop old ones beyond the bounds."""
        self._entries.append(entry)
        self._characters += len(entry.body)
        for key in entry.keys:
            self._by_key.setdefault(key, Run()).append(entry)
        if entry.message_id:
            self._by_message.setdefault(entry.message_id, []).append(entry)
        while len(self._entries) > self._most_events or self._characters > self._most_characters:
            self._drop_oldest()

    def covers(self, keys, position):
        """Tell whether everything after ``position`` for these keys is in the window."""
        return position >= self._newest_dropped or all(self._dropped.get(key, 0) <= position for key in keys)

    def after(self, keys, position, most=None):
        """Return the events for these keys after ``position``, in order, each once, at most ``most`` (None: all)."""
        return _merged(self._newer(keys, position), dict.fromkeys(keys, position), most)

    def news(self, keys, position, most=None):
        """Return the same for the person of these keys: of a group that they came into after ``position``, nothing from before
        that, which is history to them."""
        runs = self._newer(keys, position)
        if not runs:
            return []
        joined = joins(entry for key, run in runs if is_user(key) for entry in run.after(position, None))
        if len(runs) == 1 and not joined:
            return runs[0][1].after(position, most)
        return _merged(runs, dict.fromkeys(keys, position) | joined, most)

    def _newer(self, keys, position):
        """Return [(key, run)] of the keys that have events after ``position``."""
        found = ((key, self._by_key.get(key)) for key in keys)
        return [(key, run) for key, run in found if run is not None and run.newest > position]

    def blank(self, message_id, keep, blanked):
        """Empty the text of a message's events but for the one at position ``keep``; ``blanked`` rewrites a body."""
        for entry in self._by_message.get(message_id, ()):
            if entry.position != keep:
                body = blanked(entry.body)
                self._characters += len(body) - len(entry.body)
                entry.body = body

    def _drop_oldest(self):
        entry = self._entries.popleft()
        self._characters -= len(entry.body)
        for key in entry.keys:
            self.note_dropped(key, entry.position)
            run = self._by_key[key]
            run.drop_oldest()
            if not len(run):
                del self._by_key[key]
        if entry.message_id:
            self._by_message[entry.message_id].remove(entry)
            if not self._by_message[entry.message_id]:
                del self._by_message[entry.message_id]
