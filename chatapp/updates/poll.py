"""A poll's answer: from memory when the cursor is inside the window, else from the log."""

import time
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa

from ..errors import DomainError, Resync, Unavailable
from .rights import token_hash

MOST_EVENTS = 200
MOST_CHARACTERS = 256 * 1024
MOST_WAIT_SECONDS = 25
SHORT_POLL_PAUSE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer: where the client stands after it, the events' JSON texts, whether more wait, the pause asked for."""

    cursor: str
    bodies: tuple = ()
    more: bool = False
    next: float = 0

    def json(self):
        """Return the answer as JSON text."""
        more = "true" if self.more else "false"
        return f'{{"cursor":"{self.cursor}","events":[{",".join(self.bodies)}],"more":{more},"next":{self.next:g}}}'

    def line(self):
        """Return the answer as a line of a stream."""
        return (self.json() + "\n").encode()


def answer(feed, token, cursor, wait, page=None):
    """Return the next Batch for a device's token, waiting up to ``wait`` seconds for something to happen.

    Rights are checked again at each look, so a poll that waited never answers with what was lost meanwhile. One whose
    place another poll of the same ``page`` of the device takes answers at once, and asks for a pause.
    Raises Unauthorized, BadCursor, Resync, Unavailable.
    """
    with closing(Poll(feed, token, cursor, page)) as poll:
        return poll.answer(feed.waiters.held_for(wait))


def stream(feed, token, cursor, wait, page=None, open_answer=None):
    """Yield Batches until ``wait`` seconds are over; the first one at once. Ends early when something goes wrong:
    the client's next request hears what. What an OpenAnswer takes meanwhile is not yielded."""
    deadline = time.monotonic() + feed.waiters.held_for(wait)
    with closing(Poll(feed, token, cursor, page, open_answer)) as poll:
        batch = poll.answer(0)
        yield Batch(batch.cursor, batch.bodies, batch.more)
        while not feed.closing and (left := deadline - time.monotonic()) > 0:
            try:
                batch = poll.answer(0 if batch.more else left)
            except (DomainError, sa.exc.SQLAlchemyError):
                return
            if batch.bodies or poll.replaced:
                yield batch
            if not batch.bodies:
                return


class Poll:
    """One request of a client: who asks, and where they stand. It moves on with each answer. To be closed."""

    def __init__(self, feed, token, cursor, page, open_answer=None):
        self._feed, self._page, self._open_answer = feed, page, open_answer
        self._waiter, self._lies = None, False
        self._token_hash = token_hash(token)
        self._cursor, (self._epoch, self._position) = cursor, feed.seal.open(cursor)

    def answer(self, wait):
        """Return the next Batch; see ``answer``."""
        feed, deadline = self._feed, time.monotonic() + wait
        while True:
            feed.check()
            if not feed.reaches(self._epoch, self._position):
                raise Resync
            batch = self._look_or_lie_down(deadline)
            if batch is not None:
                if batch.bodies or not (feed.closing or wait == 0):
                    return batch
                return self._asked_to_pause()
            if self._lies:
                self._sleep(deadline)
                if self.replaced:
                    return self._asked_to_pause()
            else:
                feed.keys(feed.holder(self._token_hash).user_id)

    @property
    def replaced(self):
        """Whether another poll has taken the place of this one."""
        return self._waiter is not None and self._waiter.replaced

    def close(self):
        """Stop waiting."""
        if self._waiter is not None:
            with self._feed.lock:
                self._feed.waiters.remove(self._waiter)

    def _asked_to_pause(self):
        return Batch(self._cursor, next=self._feed.admission.pause(SHORT_POLL_PAUSE_SECONDS))

    def _sleep(self, deadline):
        self._waiter.wait(deadline - time.monotonic())
        with self._feed.lock:
            self._lies = False  # from here on nobody else writes to the open answer
        if self._open_answer is not None:
            self._open_answer.finish()

    def _hear(self):
        """Say what is new by the open answer, if this poll lies and that is all there is to do. Called under the feed's lock."""
        feed, before = self._feed, (self._position, self._cursor)
        _, keys = (self._lies and feed.rights_now(self._token_hash)) or (None, None)
        # Whoever came into a group, or lives after a restore, has other keys than those under which this poll lies.
        if keys is None or keys is not self._waiter.keys or not feed.window.covers(keys, self._position):
            return False
        batch = self._batch(feed.window.news(keys, self._position, MOST_EVENTS + 1))
        if not batch.bodies:
            return True
        if batch.more or not self._open_answer.say(batch.line()):
            self._position, self._cursor = before
            return False
        return not self._open_answer.rest

    def _look_or_lie_down(self, deadline):
        """Return a batch; or None when there is nothing yet: then this poll lies down, unless rights must be read first.

        One lock, so that no wake-up is missed, and so that rights and window are of the same position: what came after a
        right was lost is not seen with it.
        """
        feed, position = self._feed, self._position
        with feed.lock:
            if feed.epoch != self._epoch:  # restored this very moment: what is here now does not continue the cursor
                raise Resync
            rights, newest = feed.rights_now(self._token_hash), feed.position
            self._lies = False
            if rights is None:
                return None
            asker, keys = rights
            inside = feed.window.covers(keys, position)
            if inside:
                entries = feed.window.news(keys, position, MOST_EVENTS + 1)
                if not entries and not feed.closing and deadline > time.monotonic():
                    self._lie_down(asker, keys)
                    return None
        return self._batch(entries if inside else _from_log(feed, keys, position, newest))

    def _lie_down(self, asker, keys):
        waiters, waiter, self._lies = self._feed.waiters, self._waiter, True
        if self.replaced:
            return
        if waiter is not None and waiter.keys is keys:
            waiter.lie_down_again()
            return
        if waiter is not None:
            waiters.remove(waiter)
        self._waiter = waiters.add(keys, asker, self._page, self._hear if self._open_answer is not None else None)

    def _batch(self, entries):
        if not entries:
            return Batch(self._cursor)
        kept, characters = [], 0
        for entry in entries[:MOST_EVENTS]:
            characters += len(entry.body)
            if kept and characters > MOST_CHARACTERS:
                break
            kept.append(entry)
        last = kept[-1]
        if last.cursor is None:
            last.cursor = self._feed.seal.seal(self._epoch, last.position)
        self._position, self._cursor = last.position, last.cursor
        return Batch(self._cursor, tuple(entry.body for entry in kept), more=len(kept) < len(entries))


def _from_log(feed, keys, position, newest):
    try:
        pruned, entries = feed.reader.backlog(keys, position, newest, MOST_EVENTS + 1)
    except sa.exc.SQLAlchemyError as error:
        raise Unavailable from error
    if position < pruned:
        raise Resync
    return entries
