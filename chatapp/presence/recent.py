"""What a worker read of people's statuses within the last seconds, so that pages that look every minute cost no query each.

Rows are remembered, never answers: presence is computed at the moment it is asked for. What is remembered is dropped

- after FRESH_SECONDS, whatever happens;
- with the commit of a deed of this worker that changed somebody's status;
- when the feed has taken an event that tells of it: nobody hears of a change and then reads here what was before.

So for a moment, as long as the doorbell takes, another worker shows what was true before, but to nobody who says by their
cursor that they have heard of the change. This holds for signing out and
for turning invisible alike, because both drop a row at the same moments; and a row read after somebody turned invisible
says so. Nothing of what they do afterwards is ever shown, and nobody can tell the two apart here either.
"""

import json
import threading
from collections import OrderedDict
from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app

from .. import payloads, sight
from ..clock import seconds
from ..extensions import db
from ..models import UserStatus, user_status
from ..rules.presence import Record
from ..updates.window import people_of, user_key

FRESH_SECONDS = 5
SETTINGS_SECONDS = 60  # of oneself only what one shows counts here, and every change of it is told to oneself
MOST_PEOPLE = 20_000
OF_ONESELF = {"me.changed", "session.ended"}  # these tell every worker, also of people whose groups are too large to be told
# Of the table, and made once: by the model it takes a third longer.
_statuses = UserStatus.__table__.c
RECORDS = sa.select(_statuses.user_id, *(_statuses[one.key] for one in user_status.RECORDED)).where(
    _statuses.user_id.in_(sa.bindparam("user_ids", expanding=True))
)


class Read(NamedTuple):
    """A row as it was at a second or later, with everything up to a position of the log in it."""

    record: Record
    second: float
    position: int


class Recent:
    """One a process."""

    def __init__(self, feed):
        self._feed = feed
        self._lock = threading.Lock()
        self._reads = OrderedDict()
        self._drops = 0

    def presence(self, user_ids, asker_id, since=None):
        """Return the presence of these people as the asker may see it now: oneself as one is, others as they show themselves.

        ``since``: the asker's cursor; what another worker has told them is not older here. Raises BadCursor, Resync, Unavailable.
        """
        if since is not None:
            self._feed.catch_up(since)
        found = self._still_good(set(user_ids) - {asker_id}, asker_id)
        own = self._still_good({asker_id}, asker_id, SETTINGS_SECONDS)
        missing = set(user_ids) - found.keys() | ({asker_id} - own.keys())
        read = self._read(missing) if missing else {}
        viewer = sight.viewer(asker_id, found | read, (own | read)[asker_id])
        found |= {user_id: record for user_id, record in read.items() if user_id in user_ids}
        now = seconds()
        return [{"user_id": one, **payloads.presence(one, found[one], now, None if one == asker_id else viewer)} for one in sorted(found)]

    def drop(self, user_ids):
        """Forget these people, and what is being read at this moment: it may be older than what was just committed."""
        with self._lock:
            self._drops += 1
            for one in user_ids:
                self._reads.pop(one, None)

    def drop_all(self):
        """Forget everybody, and what is being read at this moment: the database was restored."""
        with self._lock:
            self._drops += 1
            self._reads.clear()

    def _still_good(self, user_ids, asker_id, within=FRESH_SECONDS):
        now = seconds()
        with self._lock:
            reads = {one: self._reads[one] for one in user_ids if one in self._reads}
            for one in reads:
                self._reads.move_to_end(one)
        reads = {one: read for one, read in reads.items() if now - within < read.second <= now}
        told = self._told(reads, asker_id) if reads else {}
        return {one: read.record for one, read in reads.items() if told.get(one, 0) <= read.position}

    def _told(self, reads, asker_id):
        """Return {person: position of the newest event since they were read that tells of them}, as far as the asker or
        the person may hear it. Where the window does not know, everybody was told of."""
        keys, since = [*self._feed.keys(asker_id), *map(user_key, reads)], min(read.position for read in reads.values())
        with self._feed.lock:
            if not self._feed.window.covers(keys, since):
                return dict.fromkeys(reads, float("inf"))
            entries = self._feed.window.after(keys, since)
        return {user_id: entry.position for entry in entries for user_id in _people_in(entry)}

    def _read(self, user_ids):
        db.session.rollback()  # what this session read before may be older than the position
        second, position, drops = seconds(), self._feed.position, self._drops
        rows = db.session.execute(RECORDS, {"user_ids": list(user_ids)})
        found = {status.user_id: user_status.record(status) for status in rows}
        with self._lock:
            if drops == self._drops:
                for user_id, record in found.items():
                    self._reads.pop(user_id, None)
                    self._reads[user_id] = Read(record, second, position)
                while len(self._reads) > MOST_PEOPLE:
                    self._reads.popitem(last=False)
        return found


def will_change(user_id):
    """Note that the running transaction changes somebody's status: with its commit what is remembered of them is dropped."""
    db.session().info.setdefault("statuses", set()).add(user_id)


def drop_changed():
    """Drop what is remembered of everybody whose status the transaction changed that was just committed."""
    changed = db.session().info.pop("statuses", None)
    if changed:
        current_app.extensions["recent"].drop(changed)


def _people_in(entry):
    if entry.kind == "presence.changed":
        return [one["user_id"] for one in json.loads(entry.body)["data"]["presence"]]
    return people_of(entry.keys) if entry.kind in OF_ONESELF else ()
