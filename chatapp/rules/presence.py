"""Presence as a pure function of times. Used by heartbeat, decay, reads and display, so that they cannot disagree.

``devices`` is what user_status.devices holds: one entry per open page, under "<device id>:<page id>", each
``{"beat", "promised", "input", "left"}``: the last beat and input as seconds since 1970, the promised seconds to the
next beat, and the moment the page said that it closes. An entry without ``input`` never reported any.
"""

from dataclasses import dataclass, field

ONLINE, IDLE, AWAY, OFFLINE = "online", "idle", "away", "offline"
RANK = {OFFLINE: 0, AWAY: 1, IDLE: 2, ONLINE: 3}

IDLE_SECONDS = 5 * 60
AWAY_SECONDS = 15 * 60
LEAVE_GRACE_SECONDS = 10
MISSED_BEATS = 2
BEAT_SLACK_SECONDS = 15
VISIBLE_BEAT_SECONDS = 25
HIDDEN_BEAT_SECONDS = 60
MAX_PROMISE_SECONDS = 120
PAGES_PER_DEVICE = 8
LATEST = 1e11  # seconds since 1970 beyond the year 5000 are no time: only outside SQL can have written them


@dataclass(frozen=True, slots=True)
class Record:
    """A user_status row as the rules see it: times as seconds since 1970, or None."""

    devices: dict = field(default_factory=dict)
    invisible: bool = False
    manual_status: str | None = None
    manual_status_expires_at: float | None = None
    public_manual_status: str | None = None
    public_manual_status_expires_at: float | None = None
    public_last_seen: float | None = None


def entries(devices):
    """Return the well-formed entries of a devices value; an array or anything malformed written from outside reads as none."""
    if not isinstance(devices, dict):
        return {}
    return {key: entry for key, entry in devices.items() if isinstance(entry, dict) and _number(entry.get("beat"))}


def gone_at(entry):
    """Return the second from which a page counts as gone when nothing more is heard of it."""
    promised = entry.get("promised")
    promised = min(promised, MAX_PROMISE_SECONDS) if _number(promised) and promised else VISIBLE_BEAT_SECONDS
    silent = entry["beat"] + MISSED_BEATS * promised + BEAT_SLACK_SECONDS
    left = entry.get("left")
    said_so = _number(left) and left >= entry["beat"]  # a later beat means that it came back
    return min(silent, left + LEAVE_GRACE_SECONDS) if said_so else silent


def page_status(entry, now):
    """Return one page's status at the second ``now``."""
    if now >= gone_at(entry):
        return OFFLINE
    if not _number(entry.get("input")):
        return AWAY
    quiet = now - entry["input"]
    return ONLINE if quiet < IDLE_SECONDS else IDLE if quiet < AWAY_SECONDS else AWAY


def auto_status(devices, now):
    """Return the best status among all pages of all devices at the second ``now``: online > idle > away > offline."""
    statuses = (page_status(entry, now) for entry in entries(devices).values())
    return max(statuses, key=RANK.get, default=OFFLINE)


def last_contact(devices, now):
    """Return the last second at which any page gave a sign of life, or None."""
    signs = [min(entry["beat"], now) for entry in entries(devices).values()]
    return max(signs, default=None)


def seen_by_others(status, now):
    """Return (auto_status, manual_status, last_seen second or None) of a Record as everybody else sees it.

    An invisible person looks signed out since the
    moment kept in ``public_last_seen``; what was changed while invisible is withheld.
    """
    shown = OFFLINE if status.invisible else auto_status(status.devices, now)
    text, until = status.manual_status, status.manual_status_expires_at
    if status.invisible:
        text, until = status.public_manual_status, status.public_manual_status_expires_at
    if until is not None and until <= now:
        text = None
    seen = None
    if shown == OFFLINE:
        contact = None if status.invisible else last_contact(status.devices, now)
        seen = max((moment for moment in (contact, status.public_last_seen) if moment is not None), default=None)
    return shown, text, seen


def seen_by_self(status, now):
    """Return (auto_status, manual_status, last_seen second or None) of a Record as the person sees themself."""
    text, until = status.manual_status, status.manual_status_expires_at
    if until is not None and until <= now:
        text = None
    shown = auto_status(status.devices, now)
    return shown, text, last_contact(status.devices, now) if shown == OFFLINE else None


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LATEST
