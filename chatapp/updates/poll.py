"""A poll's answer: from memory when the cursor is inside the window, else from the log."""

import time
from dataclasses import dataclass

import sqlalchemy as sa

from ..errors import DomainError, Resync, Unavailable

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
    deadline = time.monotonic() + min(wait, MOST_WAIT_SECONDS)
    while True:
        feed.check()
        asker = feed.asker(token)
        feed.keys(asker.user_id)
        place = (asker.device_id, page) if page else None
        batch, waiter = _look_or_lie_down(feed, asker, cursor, place, deadline)
        if batch is not None:
            idle_pause = SHORT_POLL_PAUSE_SECONDS if feed.closing or wait == 0 else 0
            return batch if batch.bodies else Batch(cursor, next=idle_pause)
        _wait(feed, waiter, place, deadline)
        if waiter.replaced:
            return Batch(cursor)


def stream(feed, token, cursor, wait, page=None):
    """Yield Batches until ``wait`` seconds are over; the first one at once. Ends early when something goes wrong:
    the client's next request hears what."""
    deadline = time.monotonic() + min(wait, MOST_WAIT_SECONDS)
    batch = answer(feed, token, cursor, 0, page)
    yield Batch(batch.cursor, batch.bodies, batch.more)
    while not feed.closing and (left := deadline - time.monotonic()) > 0:
        try:
            batch = answer(feed, token, batch.cursor, 0 if batch.more else left, page)
        except (DomainError, sa.exc.SQLAlchemyError):
            return
        if not batch.bodies:
            return
        yield batch


def _look_or_lie_down(feed, asker, cursor, place, deadline):
    """Return (batch, None), or (None, waiter) when there is nothing yet.

    One lock, so that no wake-up is missed, and so that rights and window are of the same position: what came after a
    right was lost is not seen with it.
    """
    epoch, position = feed.catch_up(cursor)
    with feed.lock:
        if feed.epoch != epoch:  # restored this very moment: what is here now does not continue the cursor
            raise Resync
        keys, newest = feed.keys_now(asker), feed.position
        if feed.window.covers(keys, position):
            entries = feed.window.after(keys, position, MOST_EVENTS + 1, feed.window.joined(keys, position))
            if entries or feed.closing or deadline <= time.monotonic():
                return _batch(feed, epoch, cursor, entries), None
            return None, feed.waiters.add(keys, place)
    return _batch(feed, epoch, cursor, _from_log(feed, keys, position, newest)), None


def _wait(feed, waiter, place, deadline):
    try:
        waiter.wait(deadline - time.monotonic())
    finally:
        with feed.lock:
            feed.waiters.remove(waiter, place)


def _from_log(feed, keys, position, newest):
    try:
        pruned, entries = feed.reader.backlog(keys, position, newest, MOST_EVENTS + 1)
    except sa.exc.SQLAlchemyError as error:
        raise Unavailable from error
    if position < pruned:
        raise Resync
    return entries


def _batch(feed, epoch, cursor, entries):
    if not entries:
        return Batch(cursor)
    kept, characters = [], 0
    for entry in entries[:MOST_EVENTS]:
        characters += len(entry.body)
        if kept and characters > MOST_CHARACTERS:
            break
        kept.append(entry)
    sealed = feed.seal.seal(epoch, kept[-1].position)
    return Batch(sealed, tuple(entry.body for entry in kept), more=len(kept) < len(entries))
