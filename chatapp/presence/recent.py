"""What a worker read of people's statuses within the last seconds, so that pages that look every minute cost no query each.

Rows are remembered, and of each what is answered for as long as time alone cannot change it (answers.py). What is remembered
is dropped

- after FRESH_SECONDS, whatever happens (what one shows of oneself, which says how much one sees of others: SETTINGS_SECONDS);
- with the commit of a deed of this worker that changed somebody's status;
- before the feed has taken an event that tells of it: nobody hears of a change and then reads here what was before.

So for a moment, as long as the doorbell takes, another worker shows what was true before, but to nobody who says by their
cursor that they have heard of the change. This holds for signing out and for turning invisible alike, because both drop a row
at the same moments; and a row read after somebody turned invisible says so. Nothing of what they do afterwards is ever shown,
and by what is answered nobody can tell the two apart here either.
"""

import json
import threading
from collections import OrderedDict
from typing import NamedTuple

from flask import current_app

from .. import sight
from ..clock import seconds
from ..extensions import db
from ..models import user_status
from ..models.user_status import RECORDS
from ..updates.window import people_of
from .answers import Answers

FRESH_SECONDS = 5
SETTINGS_SECONDS = 60  # of oneself only what one shows counts here, and every change of it is told to oneself
MOST_PEOPLE = 10_000  # 2 KiB each as a rule, 7 with many pages and viewers
NEVER = float("-inf")
OF_ONESELF = {"me.changed", "session.ended"}  # these tell every worker, also of people whose groups are too large to be told


class Read(NamedTuple):
    """A row as the driver had it at a second or later, and its Answers; of somebody who is being read first there are none."""

    second: float
    row: tuple | None = None
    answers: Answers | None = None


class Recent:
    """One a process."""

    def __init__(self, feed):
        self._feed = feed
        self._lock = threading.Lock()
        self._reads = OrderedDict()

    def presence(self, user_ids, asker_id, since=None):
        """Return the presence of these people as the asker may see it now, each as JSON text: oneself as one is, others as they
        show themselves.

        ``since``: the asker's cursor; what another worker has told them is not older here. Raises BadCursor, Resync, Unavailable.
        """
        if since is not None:
            self._feed.catch_up(since)
        found = self._answers({asker_id: SETTINGS_SECONDS} | dict.fromkeys(user_ids, FRESH_SECONDS))
        people = {one: found[one] for one in sorted(user_ids) if one in found}
        viewer = sight.viewer(asker_id, {one: answers.record for one, answers in people.items()}, found[asker_id].record)
        now = seconds()
        return [answers.to(None if one == asker_id else viewer, now) for one, answers in people.items()]

    def hear(self, entry):
        """Drop whom an event tells of, before this worker counts it as heard."""
        try:
            people = _people_in(entry)
        except (ValueError, LookupError, TypeError):  # outside SQL wrote it: of whom it tells nobody knows
            self.drop_all()
            return
        if people:  # most events tell of nobody's status
            self.drop(people)

    def drop(self, user_ids):
        """Forget these people, and what is being read of them at this moment: it may be older than what was just committed."""
        with self._lock:
            for one in user_ids:
                self._reads.pop(one, None)

    def drop_all(self):
        """Forget everybody, and what is being read at this moment: the database was restored."""
        with self._lock:
            self._reads.clear()

    def _answers(self, limits):
        """Return {person: Answers} of those there are, by rows that are not older than so many seconds."""
        now = seconds()
        with self._lock:
            reads = {one: self._reads[one] for one in limits if one in self._reads}
            for one in reads:
                self._reads.move_to_end(one)
        found = {one: read.answers for one, read in reads.items() if read.answers and now - limits[one] < read.second <= now}
        missing = limits.keys() - found.keys()
        return found | self._read(missing) if missing else found

    def _read(self, user_ids):
        """Return the same of rows as they are now. They are remembered unless somebody else did so meanwhile, or dropped what was
        there when this began; what is known of a row that did not change stays."""
        if self._feed.epoch is None:  # until it looks nobody hears what happens to what is remembered
            self._feed.look()
        before, second, found = self._begin(user_ids), seconds(), {}
        try:
            with db.engine.connect() as connection:
                rows = RECORDS.raw(connection, {"user_ids": list(user_ids)})
            for row in rows:
                known = before[row[0]]
                found[row[0]] = Read(second, row, known.answers if known.row == row else Answers(row[0], user_status.record_of(row)))
        finally:
            self._end(before, found)
        return {one: read.answers for one, read in found.items()}

    def _begin(self, user_ids):
        """Return {person: what is remembered of them}, an empty Read for those of whom there is nothing."""
        with self._lock:
            before = {one: self._reads.setdefault(one, Read(NEVER)) for one in user_ids}
            while len(self._reads) > MOST_PEOPLE:
                self._reads.popitem(last=False)
        return before

    def _end(self, before, found):
        with self._lock:
            for one, read in before.items():
                if self._reads.get(one) is not read:
                    continue
                if one in found:
                    self._reads[one] = found[one]
                elif read.row is None:
                    del self._reads[one]


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
