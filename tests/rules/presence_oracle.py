"""The presence rule a second time, in the plainest way: from all that ever happened, in whole microseconds.

Written from the table of the rules, and from nothing that the product holds: it keeps no entry and no status, and looks
at the whole history of each page whenever it is asked.
"""

from typing import NamedTuple

SECOND = 1_000_000  # microseconds
CAP = 120 * SECOND
HIDDEN = 60 * SECOND
BEST_FIRST = ("online", "idle", "away", "offline")


class Happened(NamedTuple):
    """Something a page or a device did at a microsecond. ``promised``: microseconds until the page's next beat."""

    at: int
    kind: str  # report, poll, closing, sign-out
    active: bool = False
    promised: int = 0


class History:
    """What happened to one person's devices and their pages."""

    def __init__(self):
        self._pages, self._signed_out = {}, set()

    def note(self, device, page, happened):
        """Add what a page did."""
        self._pages.setdefault((device, page), []).append(happened)

    def note_sign_out(self, device):
        """Add that a device was signed out."""
        self._signed_out.add(device)

    def status(self, now):
        """Return the best status among the person's pages at a microsecond."""
        found = {_page_status(happened, now) for (device, _), happened in self._pages.items() if device not in self._signed_out}
        return next(status for status in BEST_FIRST if status in found or status == "offline")


def _page_status(history, now):
    signs = [one for one in history if one.kind in ("report", "poll")]
    if not signs or _is_gone(history, signs, now):
        return "offline"
    inputs = [one.at for one in signs if one.active]
    if not inputs or now - inputs[-1] >= 15 * 60 * SECOND:
        return "away"
    return "idle" if now - inputs[-1] >= 5 * 60 * SECOND else "online"


def _is_gone(history, signs, now):
    if now - signs[-1].at >= 2 * _promise(signs) + 15 * SECOND:
        return True
    closings = [one.at for one in history if one.kind == "closing"]
    if not closings:
        return False
    back = any(one.at >= closings[-1] + SECOND for one in signs)  # what was on its way when it closed does not count
    grace = 10 * SECOND if any(one.active for one in signs) else 0  # of one without input nobody was told
    return not back and now - closings[-1] >= grace


def _promise(signs):
    """A poll promises nothing of its own: what the page reported last holds. One that never reported beats as a hidden one does."""
    promises = [one.promised for one in signs if one.kind == "report"]
    return min(promises[-1], CAP) if promises else HIDDEN
