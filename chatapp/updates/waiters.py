"""Polls that wait. Each is woken by anything that happens under one of its keys."""

import threading


class Waiter:
    """One held poll. ``page`` names who asks, or is None."""

    __slots__ = ("keys", "page", "_event", "replaced")

    def __init__(self, keys, page):
        self.keys, self.page = keys, page
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

    def add(self, keys, page=None):
        """Return a new waiter. The earlier poll of the same page is let go, since nobody reads it."""
        waiter = Waiter(keys, page)
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

    def wake(self, keys):
        """Wake everyone who waits under any of the keys."""
        for key in keys:
            for waiter in self._by_key.get(key, ()):
                waiter.wake()

    def wake_all(self):
        """Wake everyone: the worker stops, or can no longer see the database."""
        for waiters in self._by_key.values():
            for waiter in waiters:
                waiter.wake()
