"""The feed of one worker process: what its tail has read, who may see it, who waits for it."""

import logging
import threading
import time
from contextlib import contextmanager

import sqlalchemy as sa

from ..clock import clock, seconds
from ..errors import Resync, Unauthorized, Unavailable
from .cursor import CursorSeal
from .doorbell import doorbell_for
from .publish import blanked
from .reader import LOOK_ROWS, Reader
from .rights import MOVING, Asker, Rights, token_hash
from .waiters import Waiters
from .window import Window

BLIND_SECONDS = 5
HANGS_SECONDS = 1  # a look takes milliseconds
FILL_TRIES = 5
NEVER = float("-inf")
BLANKING = {"message.edited", "message.deleted"}

log = logging.getLogger(__name__)


class Feed:
    """One a process. ``lock`` guards window, rights and waiters; it is never held during I/O. ``admission`` says for how long
    those are asked to pause who are not held."""

    def __init__(self, engine, config, admission):
        self.admission = admission
        self.lock = threading.Lock()
        self.window = Window()
        self.rights = Rights()
        self.waiters = Waiters()
        self.reader = Reader(engine)
        self.seal = CursorSeal(config["SECRET_KEY"])
        self.doorbell = doorbell_for(config)
        self.position = 0
        self.epoch = None
        self.closing = False
        self.watched = False  # whether a tail looks by itself: only then does silence mean blindness
        self.at_event = []  # called under ``lock`` with each new event, before this worker counts as having read it
        self.at_new_epoch = []  # called when the database was restored: what one remembers of it is of a former life
        self._looked = NEVER
        self._looking = threading.Lock()
        self._began = None  # when the question that is under way was asked
        self._failed = False  # whether the database refused the last look

    def look(self):
        """Read what is new, once. Raises Unavailable when the database cannot be read."""
        with self._turn():
            self._look()

    def reaches(self, epoch, position):
        """Tell whether a position of an epoch is in the log, looking once if this worker has not read so far."""
        if epoch != self.epoch or position > self.position:
            with self._turn():  # whoever waited here finds that the one before has looked
                if epoch != self.epoch or position > self.position:
                    self._look()
        return epoch == self.epoch and position <= self.position

    def catch_up(self, cursor):
        """Read as far as a cursor says that its client has seen, if this worker has not yet.

        Raises BadCursor, Resync when no log of this database reaches so far, Unavailable.
        """
        if not self.reaches(*self.seal.open(cursor)):
            raise Resync

    def keep_time(self):
        """Take the database's time, unless a tail does so all the while."""
        if not self.watched:
            clock.sync(self.reader.offset())

    def refresh_groups(self):
        """Read all remembered memberships again: rows that outside SQL wrote have no events."""
        rights = self.rights
        as_of, groups = self.reader.groups_of_many(rights.people())
        self.reaches(self.epoch, as_of)
        with self.lock:
            for user_id, group_ids in groups.items():
                rights.remember_groups(user_id, group_ids, as_of)

    def committed(self, kinds):
        """A deed of this worker was committed: ring the bell. Rights that it moved hold here from now on, not from the next look."""
        try:
            self.doorbell.ring()
        except Exception as error:  # the deed is stored: that nobody hears of it at once must not look like a failure
            log.warning("the doorbell cannot be rung: %s", error)
        if self.epoch is not None and not MOVING.isdisjoint(kinds):
            try:
                self.look()
            except Unavailable:
                log.warning("the deed is stored, but the feed cannot look at once")

    def blind(self):
        """Tell whether the tail has not looked successfully for BLIND_SECONDS."""
        return self.watched and time.monotonic() - self._looked > BLIND_SECONDS

    def _away(self):
        """Tell whether the database is what makes this worker blind: it refused the last look, or lets one hang."""
        began = self._began
        return self.blind() and (self._failed or (began is not None and time.monotonic() - began > HANGS_SECONDS))

    def check(self):
        """Raise Unavailable when this worker cannot say truthfully that there is nothing new."""
        if self._looked == NEVER:  # not the epoch: the first look sets it before it has read everything
            self.look()
        if self.blind():
            raise Unavailable

    def has_ended(self, device_id):
        """Tell whether this worker has heard that a device was signed out."""
        with self.lock:
            return self.rights.has_ended(device_id)

    def release(self):
        """End all waiting polls, now and from now on: the worker stops."""
        self.closing = True
        with self.lock:
            self.waiters.wake_all()

    def asker(self, token):
        """Return the Asker that a device's token stands for. Raises Unauthorized when there is none (any more)."""
        return self.holder(token_hash(token))

    def holder(self, key):
        """Return the Asker of the token with this hash. Raises Unauthorized."""
        with self.lock:
            asker = self.rights.asker(key)
        # Use prolongs a device, so what is remembered may be out of date; a blind worker hears of no sign-out.
        if asker is None or asker.expires <= seconds() or self.blind():
            if self._away():  # one more question would hang like the tail's
                raise Unavailable
            asker = self._read_asker(key)
        return asker

    def keys(self, user_id):
        """Return the keys of everything a person may see, from memory when it is there."""
        for _ in range(FILL_TRIES):
            with self.lock:
                rights = self.rights  # what is read of a former life of the database must not get into those of the new one
                keys = rights.keys(user_id)
            if keys is not None:
                return keys
            as_of, groups = self.reader.groups(user_id)
            self.reaches(self.epoch, as_of)  # a window that has not seen the person join would show what was said before
            with self.lock:
                rights.remember_groups(user_id, groups, as_of)
        raise Unavailable

    def rights_now(self, key):
        """Return (Asker of the token with this hash, keys of everything they may see at ``position``), or None when that must be
        read first, by ``holder`` and ``keys``. Called under ``lock``."""
        asker = self.rights.asker(key)
        if asker is None or asker.expires <= seconds():
            return None
        keys = self.rights.keys(asker.user_id)
        return None if keys is None else (asker, keys)

    def _read_asker(self, key):
        rights = self.rights
        as_of, row = self.reader.device(key)
        if row is None:
            raise Unauthorized
        asker = Asker(row.user_id, row.id, row.expires_at.timestamp())
        if asker.expires <= seconds():
            raise Unauthorized
        with self.lock:
            if not rights.remember_asker(key, asker, as_of):
                raise Unauthorized
        return asker

    @contextmanager
    def _turn(self):
        """One look at a time. Raises Unavailable when the one before hangs."""
        if not self._looking.acquire(timeout=BLIND_SECONDS):
            raise Unavailable
        try:
            yield
        finally:
            self._looking.release()

    def _look(self):
        try:
            if self.epoch is None:
                self._load()
            while self._step() == LOOK_ROWS:
                pass
        except sa.exc.SQLAlchemyError as error:
            self._failed = True
            raise Unavailable from error
        self._looked, self._failed = time.monotonic(), False

    def _load(self):
        epoch, newest = self.reader.newest()
        entries = self.reader.recent(newest)
        dropped = list(self.reader.newest_by_key(entries[0].position)) if entries else []
        pruned = self.reader.pruned()
        if self.reader.newest()[0] != epoch:  # restored while this was read
            self._load()
            return
        with self.lock:
            self.window, self.rights = Window(), Rights()
            for key, position in dropped:
                self.window.note_dropped(key, position)
            for entry in entries:
                self.rights.apply(entry)  # a fill that began before knows nothing of these
                self.window.append(entry)
                for key in entry.keys:  # what lay between this one and the pruned ones may have been of the same key
                    self.window.note_dropped(key, min(entry.position, pruned))
            self.position, self.epoch = newest, epoch

    def _step(self):
        self._began = time.monotonic()
        try:
            epoch, offset, entries = self.reader.look(self.position)
        finally:
            self._began = None
        clock.sync(offset)
        if epoch != self.epoch:
            self._forget()  # before anybody's cursor of the new life is one that this worker has read
            self._load()
            self._forget()
            with self.lock:
                self.waiters.wake_all()
            return 0
        with self.lock:
            for entry in entries:
                self._take(entry)
            self.waiters.tell({key for entry in entries for key in entry.keys})
        return len(entries)

    def _forget(self):
        for forget in self.at_new_epoch:
            forget()

    def _take(self, entry):
        for hear in self.at_event:
            hear(entry)
        self.rights.apply(entry)
        self.window.append(entry)
        if entry.kind in BLANKING:
            self.window.blank(entry.message_id, entry.position, blanked)
        self.position = entry.position
