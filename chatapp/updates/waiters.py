"""Polls that wait. Each is woken by anything that happens under one of its keys."""

import random
import threading
import time

MOST_AT_ONCE = 200  # nobody else has a turn meanwhile
MOST_OF_USER = 8
LONG_SECONDS = 5
CALM, WAVE = 0.85, 0.3  # the least share of the asked time for which a poll is held
FEW, WAVE_SHARE = 20, 0.1  # more than so many, and than such a share of all who wait, began within this second; else it is one in 23


class Waiter:
    """One held poll of an Asker, by one page of theirs (None: a script). ``hear`` takes what is new without waking it, or says
    that it cannot."""

    __slots__ = ("keys", "asker", "page", "hear", "_event", "replaced")

    def __init__(self, keys, asker, page, hear):
        self.keys, self.asker, self.page, self.hear = keys, asker, page, hear
        self.replaced = False
        self._event = threading.Event()

    def wait(self, seconds):
        """Wait until woken, at most so many seconds."""
        self._event.wait(seconds)

    def wake(self):
        """End the wait."""
        self._event.set()

    def lie_down_again(self):
        """Be ready for another wait."""
        self._event.clear()


class Waiters:
    """All held polls of this worker. Every method is called under the feed's lock, so that no wake-up falls between
    looking and lying down."""

    def __init__(self):
        self._by_key = {}
        self._of_user = {}
        self._count = 0
        self._second, self._begun = 0, 0

    def __len__(self):
        return self._count

    def held_for(self, wait):
        """Return for how many seconds a poll is held that asks for so many. Those who came at once, as after a restart, are
        not to come back at once: they get up one by one."""
        if wait < LONG_SECONDS:
            return wait
        second = int(time.monotonic())
        self._begun = self._begun + 1 if second == self._second else 1
        self._second = second
        is_wave = self._begun > max(FEW, self._count * WAVE_SHARE)
        return wait * random.uniform(WAVE if is_wave else CALM, 1)

    def add(self, keys, asker, page=None, hear=None):
        """Return a new waiter. One that waits for the same page of the device is let go, and of MOST_OF_USER others of the
        person the one that has waited longest: whoever asked last is most likely to be there."""
        waiter = Waiter(keys, asker, page, hear)
        self._count += 1
        for key in keys:
            self._by_key.setdefault(key, set()).add(waiter)
        own = self._of_user.setdefault(asker.user_id, [])
        same = [one for one in own if (one.asker.device_id, one.page) == (asker.device_id, page)]
        for earlier in same or own[: max(0, len(own) - MOST_OF_USER + 1)]:
            earlier.replaced = True
            earlier.wake()
            own.remove(earlier)
        own.append(waiter)
        return waiter

    def remove(self, waiter):
        """Forget a waiter."""
        self._count -= 1
        for key in waiter.keys:
            waiters = self._by_key.get(key)
            if waiters is not None:
                waiters.discard(waiter)
                if not waiters:
                    del self._by_key[key]
        own = self._of_user.get(waiter.asker.user_id, [])
        if waiter in own:
            own.remove(waiter)
            if not own:
                del self._of_user[waiter.asker.user_id]

    def tell(self, keys):
        """Let everyone who waits under any of the keys know that something happened."""
        sleepers = {waiter for key in keys for waiter in self._by_key.get(key, ())}
        at_once = MOST_AT_ONCE
        for waiter in sleepers:
            if waiter.hear is None or at_once == 0 or not waiter.hear():
                waiter.wake()
            else:
                at_once -= 1

    def wake_all(self):
        """Wake everyone: the worker stops, or can no longer see the database."""
        for waiters in self._by_key.values():
            for waiter in waiters:
                waiter.wake()
