"""What a worker remembers of who is signed in and who is in which group. Pure memory: filled from the database by the
feed, moved by the same events that clients get.

A fill races with events: its snapshot may be older than what was applied meanwhile. So each fill says up to which
position its snapshot was true, and is refused when the person's rights moved after that. A device that ended leaves a
tombstone, so that no late fill revives it.
"""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass

from .window import group_key, people_of, user_key

MOST_DEVICES = 100_000
MOST_TOMBSTONES = 20_000  # they matter for as long as a fill may take, which is seconds
MOVING = {"member.added", "member.removed", "group.deleted", "session.ended", "session.renewed"}


def token_hash(token):
    """Return the SHA-256 of a device's token, the only form in which tokens are kept."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a person on one of their devices. ``expires`` in seconds since 1970."""

    user_id: str
    device_id: str
    expires: float


class Rights:
    """Devices by token, groups by person. Every method is called under the feed's lock."""

    def __init__(self):
        self._askers = OrderedDict()
        self._tokens = {}
        self._ended = OrderedDict()
        self._renewed = OrderedDict()
        self._groups = {}
        self._keys = {}
        self._moved = OrderedDict()

    def asker(self, token_hash):
        """Return the Asker of a token, or None when it is not remembered."""
        asker = self._askers.get(token_hash)
        if asker is not None:
            self._askers.move_to_end(token_hash)
        return asker

    def remember_asker(self, token_hash, asker, as_of):
        """Remember a device that had this token at position ``as_of``. Returns False when it has ended or got another since."""
        if asker.device_id in self._ended or self._renewed.get(asker.device_id, 0) > as_of:
            return False
        self._askers[token_hash] = asker
        self._tokens[asker.device_id] = token_hash
        if len(self._askers) > MOST_DEVICES:
            _, oldest = self._askers.popitem(last=False)
            self._tokens.pop(oldest.device_id, None)
        return True

    def has_ended(self, device_id):
        """Tell whether a device is known to have ended."""
        return device_id in self._ended

    def keys(self, user_id):
        """Return the keys of all events that a person may see, or None when not remembered. The same tuple until they move."""
        keys = self._keys.get(user_id)
        if keys is None and user_id in self._groups:
            keys = self._keys[user_id] = (user_key(user_id), *map(group_key, self._groups[user_id]))
        return keys

    def people(self):
        """Return the ids of the people whose groups are remembered."""
        return list(self._groups)

    def remember_groups(self, user_id, group_ids, as_of):
        """Remember memberships that were true at position ``as_of``. Returns False when they moved since."""
        if self._moved.get(user_id, 0) > as_of:
            return False
        groups = set(group_ids)
        if self._groups.get(user_id) != groups:
            self._groups[user_id] = groups
            self._keys.pop(user_id, None)
        return True

    def apply(self, entry):
        """Let an event move what is remembered."""
        if entry.kind not in MOVING:
            return
        data = json.loads(entry.body)["data"]
        if entry.kind == "session.ended":
            _remember(self._ended, data["device_id"], True)
            self._forget_token(data["device_id"])
        elif entry.kind == "session.renewed":
            _remember(self._renewed, data["device_id"], entry.position)
            self._forget_token(data["device_id"])
        elif entry.kind == "member.added":
            self._move(data["member"]["user_id"], entry.position).add(data["member"]["group_id"])
        elif entry.kind == "member.removed":
            self._move(data["user_id"], entry.position).discard(data["group_id"])
        else:  # group.deleted: one event for each person who was in it
            for person in people_of(entry.keys):
                self._move(person, entry.position).discard(data["group_id"])

    def _move(self, user_id, position):
        _remember(self._moved, user_id, position)
        self._keys.pop(user_id, None)
        return self._groups.get(user_id, set())

    def _forget_token(self, device_id):
        self._askers.pop(self._tokens.pop(device_id, None), None)


def _remember(newest, key, value):
    """Put something into an OrderedDict as its newest, and forget the oldest beyond MOST_TOMBSTONES."""
    newest[key] = value
    newest.move_to_end(key)
    if len(newest) > MOST_TOMBSTONES:
        newest.popitem(last=False)
