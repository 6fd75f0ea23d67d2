"""Presence as a pure function of times. Used by heartbeat, decay, reads and display, so that they cannot disagree.

``devices`` is what user_status.devices holds: one entry per open page, under "<device id>:<page id>", each
``{"beat", "promised", "input", "left"}``: the last beat and input as seconds since 1970, the promised seconds to the
next beat, and the moment the page said that it closes. An entry without ``input`` never reported any.

A float near 1.8e9 has a step of 0.24 microseconds, so a sum with a fraction of a second may miss a limit. What has passed
is a difference, rounded to whole microseconds: so every limit is exact for all whole microseconds until 2106.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

ONLINE, IDLE, AWAY, OFFLINE = "online", "idle", "away", "offline"
RANK = {OFFLINE: 0, AWAY: 1, IDLE: 2, ONLINE: 3}

IDLE_SECONDS = 5 * 60
AWAY_SECONDS = 15 * 60
LEAVE_GRACE_SECONDS = 10
LATE_SECONDS = 1  # what was on its way when a page closed, and another worker wrote after its goodbye, does not bring it back
MISSED_BEATS = 2
BEAT_SLACK_SECONDS = 15
VISIBLE_BEAT_SECONDS = 25
HIDDEN_BEAT_SECONDS = 60
MAX_PROMISE_SECONDS = 120
PAGES_PER_DEVICE = 8
# What a worker heard waits 5 s to be written, and another worker's clock may be 5 s off: within so many seconds nobody can
# tell which of two beats was the last.
NEAR_SECONDS = 10
MICROSECONDS = 1_000_000  # in a second
LATEST = 1e11  # seconds since 1970 beyond the year 5000 are no time: only outside SQL can have written them


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of themself: a text and its end, until when they are not to be disturbed, and who may see how
    exactly when they were last here (rules/last_seen.py). Times as seconds since 1970, or None."""

    manual_status: str | None = None
    manual_status_expires_at: float | None = None
    do_not_disturb_until: float | None = None
    last_seen_to: str = "everyone"
    last_seen_precision: str = "exact"


@dataclass(frozen=True, slots=True)
class Record:
    """A user_status row as the rules see it. ``public``: what they said when they turned invisible, which others see until
    they come back."""

    devices: dict = field(default_factory=dict)
    invisible: bool = False
    said: Said = Said()
    public: Said | None = None
    public_last_seen: float | None = None

    @property
    def told(self):
        """What others are told of it."""
        return self.public or Said() if self.invisible else self.said


class Seen(NamedTuple):
    """A person's presence at a moment; ``last_seen`` in seconds since 1970, before anybody's privacy is applied."""

    auto_status: str
    manual_status: str | None
    do_not_disturb: bool
    last_seen: float | None


def entries(devices):
    """Return the well-formed entries of a devices value; an array or anything malformed written from outside reads as none."""
    if not isinstance(devices, dict):
        return {}
    return {key: entry for key, entry in devices.items() if isinstance(entry, dict) and _number(entry.get("beat"))}


def gone_at(entry):
    """Return about the second from which a page counts as gone when nothing more is heard of it; ``is_gone`` is exact."""
    silent = entry["beat"] + _silence(entry)
    return min(silent, entry["left"] + _grace(entry)) if said_goodbye(entry) else silent


def is_gone(entry, now):
    """Tell whether a page counts as gone at the second ``now``."""
    if _reached(entry["beat"], _silence(entry), now):
        return True
    return said_goodbye(entry) and _reached(entry["left"], _grace(entry), now)


def said_goodbye(entry):
    """Tell whether a page said that it closes and did not come back since: a later beat means that it did."""
    left = entry.get("left")
    return _number(left) and not _reached(left, LATE_SECONDS, entry["beat"])


def matters(entry, now):
    """Tell whether anything of a page may still be asked for at the second ``now``. Of one that is gone a late beat may
    come, and it may come back without input: then it is as quiet as it was, which makes no difference once that is away."""
    moments = (gone_at(entry) + LATE_SECONDS, entry["input"] + AWAY_SECONDS if _number(entry.get("input")) else 0)
    return now < max(moments)


def page_status(entry, now):
    """Return one page's status at the second ``now``."""
    if is_gone(entry, now):
        return OFFLINE
    since = entry.get("input")
    if not _number(since) or _reached(since, AWAY_SECONDS, now):
        return AWAY
    return IDLE if _reached(since, IDLE_SECONDS, now) else ONLINE


def latest(stored, heard):
    """Return the later of two moments, or None. A stored one that lies far ahead was written by a clock that was set back
    since, or by outside SQL: it gives way."""
    return stored if _number(stored) and (heard is None or heard < stored <= heard + NEAR_SECONDS) else heard


def merged(stored, heard):
    """Return a page's stored entry with what a worker heard. Where they lie so near that either may be the later one, the
    later beat and input stay, and the longer promise."""
    if abs(stored["beat"] - heard["beat"]) > NEAR_SECONDS:
        return {**stored, **heard}
    both = [name for name in ("beat", "input", "promised") if name in heard and _number(stored.get(name))]
    return {**stored, **heard, **{name: max(stored[name], heard[name]) for name in both}}


def left(entry, heard, now):
    """Return the entry of a page that closes at the second ``now``: not before its last beat, by whichever worker's clock."""
    known = merged(entry, heard) if heard else entry
    return {**known, "left": max(now, known["beat"])}


def auto_status(devices, now):
    """Return the best status among all pages of all devices at the second ``now``: online > idle > away > offline."""
    best = OFFLINE
    for entry in entries(devices).values():
        best = max(best, page_status(entry, now), key=RANK.get)
        if best == ONLINE:
            break
    return best


def lasts_until(devices, now):
    """Return the second at which the status of these pages changes if nothing more is heard of them; None: never."""
    statuses = [(page_status(entry, now), entry) for entry in entries(devices).values()]
    best = max((status for status, _ in statuses), key=RANK.get, default=OFFLINE)
    return None if best == OFFLINE else max(_page_lasts_until(entry, status) for status, entry in statuses if status == best)


def _page_lasts_until(entry, status):
    quiet = {ONLINE: IDLE_SECONDS, IDLE: AWAY_SECONDS}.get(status)
    return gone_at(entry) if quiet is None else min(gone_at(entry), entry["input"] + quiet)


def last_contact(devices, now):
    """Return the last second at which any page gave a sign of life, or None."""
    signs = [min(entry["beat"], now) for entry in entries(devices).values()]
    return max(signs, default=None)


def seen_by_others(record, now):
    """Return a Record as Seen by everybody else: an invisible person looks signed out since the moment kept in
    ``public_last_seen``, and what they changed since is withheld."""
    shown = OFFLINE if record.invisible else auto_status(record.devices, now)
    seen = None
    if shown == OFFLINE:
        contact = None if record.invisible else last_contact(record.devices, now)
        seen = max((moment for moment in (contact, record.public_last_seen) if moment is not None), default=None)
    return Seen(shown, *_words(record.told, now), seen)


def seen_by_self(record, now):
    """Return a Record as Seen by the person."""
    shown = auto_status(record.devices, now)
    return Seen(shown, *_words(record.said, now), last_contact(record.devices, now) if shown == OFFLINE else None)


def _words(said, now):
    until, quiet = said.manual_status_expires_at, said.do_not_disturb_until
    return said.manual_status if until is None or until > now else None, quiet is not None and quiet > now


def _silence(entry):
    """Return the seconds without a beat after which a page is gone."""
    promised = entry.get("promised")
    return MISSED_BEATS * (min(promised, MAX_PROMISE_SECONDS) if _number(promised) and promised else VISIBLE_BEAT_SECONDS) + BEAT_SLACK_SECONDS


def _grace(entry):
    """Return the seconds for which a page that closes is still shown. One that never reported any input closed while it was
    opened: nobody was told of it, nor is anybody now."""
    return LEAVE_GRACE_SECONDS if _number(entry.get("input")) else 0


def _reached(since, seconds, now):
    return round((now - since) * MICROSECONDS) >= round(seconds * MICROSECONDS)


def _number(value):
    return type(value) in (int, float) and 0 <= value <= LATEST  # True is no number
