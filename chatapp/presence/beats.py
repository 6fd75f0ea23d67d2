"""Signs of life in a worker's memory. Most change nothing that anybody sees: they wait here and are written together."""

import threading

from ..clock import seconds
from ..rules.presence import (
    HIDDEN_BEAT_SECONDS,
    MAX_PROMISE_SECONDS,
    NEAR_SECONDS,
    PAGES_PER_DEVICE,
    auto_status,
    gone_at,
    is_gone,
    page_status,
)

FORGET_SECONDS = 600


def page_key(asker, page):
    """Return the key of an asker's page in user_status.devices."""
    return f"{asker.device_id}:{page}"


class Beats:
    """What this worker heard of pages, and what of it is not written yet."""

    def __init__(self):
        self._lock = threading.Lock()
        self._known = {}
        self._unwritten = {}
        self._used = set()

    def used(self, *device_ids):
        """Note that devices asked for something, whatever it was: a script's device has no pages."""
        with self._lock:
            self._used.update(device_ids)

    def take_used(self):
        """Return the devices that asked for something since the last time."""
        with self._lock:
            taken, self._used = self._used, set()
        return taken

    def heard(self, asker, page):
        """Note that a page polled: it lives, whatever its person does. It promises nothing, so nothing is written of that:
        another worker may have heard of another promise since."""
        key, now = page_key(asker, page), seconds()
        with self._lock:
            old = self._known.get(asker.user_id, {}).get(key)
            if old is None or is_gone(old, now):
                old = {"promised": HIDDEN_BEAT_SECONDS}  # without input: its next report is stored at once
            self._remember(asker.user_id, key, {**old, "beat": now})
            self._wait_for_writing(asker.user_id, key, {"beat": now})

    def report(self, asker, page, *, active, promised):
        """Note a page's own report. Returns (its entry, whether somebody may see a difference: then it is to be stored at
        once, and learned). ``active``: there was input since its last beat; ``promised``: seconds until the next one.

        Only input is written as input: another worker may have heard of a later one than this one remembers. What waits
        to be written of this page goes with what is stored at once, else it would be written after it.
        """
        key, now = page_key(asker, page), seconds()
        with self._lock:
            old = self._known.get(asker.user_id, {}).get(key, {})
            entry = {"beat": now, "promised": min(promised, MAX_PROMISE_SECONDS)} | ({"input": now} if active else {})
            if "input" not in old or page_status(old, now) != page_status(old | entry, now) or _takes_back(old, entry):
                return self._unwritten.get(asker.user_id, {}).get(key, {}) | entry, True
            self._remember(asker.user_id, key, old | entry)
            self._wait_for_writing(asker.user_id, key, entry)
            return entry, False

    def learn(self, asker, page, entry):
        """Remember a page's entry as it is stored now; None as its input says that it never reported any."""
        key = page_key(asker, page)
        with self._lock:
            self._remember(asker.user_id, key, {"input": None} | entry)
            waiting = self._unwritten.get(asker.user_id, {})
            if key in waiting and waiting[key]["beat"] <= entry["beat"]:
                del waiting[key]

    def status(self, user_id):
        """Return a person's status as far as this worker has heard of their pages."""
        with self._lock:
            return auto_status(self._known.get(user_id, {}), seconds())

    def forget(self, user_id, key):
        """Forget a page: it said that it closes. Returns what was to be written of it."""
        with self._lock:
            self._known.get(user_id, {}).pop(key, None)
            return self._unwritten.get(user_id, {}).pop(key, {})

    def take(self, ended):
        """Return {person: {page key: entry}} of what is to be written, leaving nothing behind but what is still of use.
        ``ended`` tells whether a device was signed out: its pages are dropped."""
        with self._lock:
            taken, self._unwritten = self._unwritten, {}
            self._forget_old()
        alive = {user_id: {key: entry for key, entry in pages.items() if not ended(key.partition(":")[0])} for user_id, pages in taken.items()}
        return {user_id: pages for user_id, pages in alive.items() if pages}

    def forget_all(self):
        """Forget everybody: the database was restored, and may know nothing of these pages."""
        with self._lock:
            self._known, self._unwritten, self._used = {}, {}, set()

    def give_back(self, taken):
        """Keep what could not be written, unless something newer was heard meanwhile."""
        with self._lock:
            for user_id, pages in taken.items():
                newer = self._unwritten.setdefault(user_id, {})
                for key, entry in pages.items():
                    newer[key] = entry | newer.get(key, {})

    def _remember(self, user_id, key, entry):
        pages = self._known.setdefault(user_id, {})
        known, pages[key] = key in pages, entry
        if known:
            return
        own = [one for one in pages if one.partition(":")[0] == key.partition(":")[0]]
        for old in sorted(own, key=lambda one: pages[one]["beat"])[:-PAGES_PER_DEVICE]:
            del pages[old]
            self._unwritten.get(user_id, {}).pop(old, None)

    def _wait_for_writing(self, user_id, key, entry):
        self._unwritten.setdefault(user_id, {}).setdefault(key, {}).update(entry)

    def _forget_old(self):
        now = seconds()
        for user_id, pages in list(self._known.items()):
            for key, entry in list(pages.items()):
                if now > gone_at(entry) + FORGET_SECONDS:
                    del pages[key]
            if not pages:
                del self._known[user_id]


def _takes_back(old, entry):
    """Tell whether a page promises to beat sooner than it promised a moment ago: written with others, the longer one would stand."""
    return entry["promised"] < old.get("promised", 0) and entry["beat"] - old["beat"] <= NEAR_SECONDS + 1
