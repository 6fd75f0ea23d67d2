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


def answer(feed, token, cursor, wait, page=None):
    """Return the next Batch for a device's token, waiting up to ``wait`` seconds for something to happen.

    Rights are checked again at each look, so a poll that waited never answers with what was lost meanwhile.
    ``page`` names the asking page of the device. Raises Unauthorized, BadCursor, Resync, Unavailable.
    """
    with closing(Poll(feed, token, cursor, page)) as poll:
        return poll.answer(wait)


def stream(feed, token, cursor, wait, page=None):
    """Yield Batches until ``wait`` seconds are over; the first one at once. Ends early when something goes wrong:
    the client's next request hears what."""
    deadline = time.monotonic() + min(wait, MOST_WAIT_SECONDS)
    with closing(Poll(feed, token, cursor, page)) as poll:
        batch = poll.answer(0)
        yield Batch(batch.cursor, batch.bodies, batch.more)
        while not feed.closing and (left := deadline - time.monotonic()) > 0:
            try:
                batch = poll.answer(0 if batch.more else left)
            except (DomainError, sa.exc.SQLAlchemyError):
                return
            if not batch.bodies:
                return
            yield batch


class Poll:
    """One request of a client: who asks, and where they stand. It moves on with each answer. To be closed."""

    def __init__(self, feed, token, cursor, page):
        self._feed, self._page, self._waiter = feed, page, None
        self._token_hash = token_hash(token)
        self._cursor, (self._epoch, self._position) = cursor, feed.seal.open(cursor)

    def answer(self, wait):
        """Return the next Batch; see ``answer``."""
        feed, deadline = self._feed, time.monotonic() + min(wait, MOST_WAIT_SECONDS)
        while True:
            feed.check()
            asker = feed.holder(self._token_hash)
            feed.keys(asker.user_id)
            batch = self._look_or_lie_down(asker, deadline)
            if batch is not None:
                idle_pause = SHORT_POLL_PAUSE_SECONDS if feed.closing or wait == 0 else 0
                return batch if batch.bodies else Batch(self._cursor, next=idle_pause)
            self._waiter.wait(deadline - time.monotonic())
            if self._waiter.replaced:
                return Batch(self._cursor)

    def close(self):
        """Stop waiting."""
        if self._waiter is not None:
            with self._feed.lock:
                self._feed.waiters.remove(self._waiter)

    def _look_or_lie_down(self, asker, deadline):
        """Return a batch, or None when there is nothing yet.

        One lock, so that no wake-up is missed, and so that rights and window are of the same position: what came after a
        right was lost is not seen with it.
        """
        feed, position = self._feed, self._position
        if not feed.reaches(self._epoch, position):
            raise Resync
        with feed.lock:
            if feed.epoch != self._epoch:  # restored this very moment: what is here now does not continue the cursor
                raise Resync
            keys, newest = feed.keys_now(asker), feed.position
            inside = feed.window.covers(keys, position)
            if inside:
                entries = feed.window.after(keys, position, MOST_EVENTS + 1, feed.window.joined(keys, position))
                if not entries and not feed.closing and deadline > time.monotonic():
                    self._lie_down(asker, keys)
                    return None
        return self._batch(entries if inside else _from_log(feed, keys, position, newest))

    def _lie_down(self, asker, keys):
        waiters, waiter = self._feed.waiters, self._waiter
        if waiter is not None and waiter.replaced:
            return
        if waiter is not None and waiter.keys is keys:
            waiter.lie_down_again()
            return
        if waiter is not None:
            waiters.remove(waiter)
        self._waiter = waiters.add(keys, (asker.device_id, self._page) if self._page else None)

    def _batch(self, entries):
        if not entries:
            return Batch(self._cursor)
        kept, characters = [], 0
        for entry in entries[:MOST_EVENTS]:
            characters += len(entry.body)
            if kept and characters > MOST_CHARACTERS:
                break
            kept.append(entry)
        self._position = kept[-1].position
        self._cursor = self._feed.seal.seal(self._epoch, self._position)
        return Batch(self._cursor, tuple(entry.body for entry in kept), more=len(kept) < len(entries))


def _from_log(feed, keys, position, newest):
    try:
        pruned, entries = feed.reader.backlog(keys, position, newest, MOST_EVENTS + 1)
    except sa.exc.SQLAlchemyError as error:
        raise Unavailable from error
    if position < pruned:
        raise Resync
    return entries
