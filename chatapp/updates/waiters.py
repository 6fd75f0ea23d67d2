"""Polls that wait. Each is woken by anything that happens under one of its keys."""

import threading

MOST_AT_ONCE = 200  # nobody else has a turn meanwhile


class Waiter:
    """One held poll. ``page`` names who asks, or is None. ``hear`` takes what is new without waking it, or says that it cannot."""

    __slots__ = ("keys", "page", "hear", "_event", "replaced")

    def __init__(self, keys, page, hear):
        self.keys, self.page, self.hear = keys, page, hear
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
        self._by_page = {}

    def __len__(self):
        return len({waiter for waiters in self._by_key.values() for waiter in waiters})

    def add(self, keys, page=None, hear=None):
        """Return a new waiter. The earlier poll of the same page is let go, since nobody reads it."""
        waiter = Waiter(keys, page, hear)
        for key in keys:
            self._by_key.setdefault(key, set()).add(waiter)
        if page is not None:
            earlier = self._by_page.get(page)
            if earlier is not None:
                earlier.replaced = True
                earlier.wake()
            self._by_page[page] = waiter
        return waiter

    def remove(self, waiter):
        """Forget a waiter."""
        for key in waiter.keys:
            waiters = self._by_key.get(key)
            if waiters is not None:
                waiters.discard(waiter)
                if not waiters:
                    del self._by_key[key]
        if waiter.page is not None and self._by_page.get(waiter.page) is waiter:
            del self._by_page[waiter.page]

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
