"""Signs of life, status texts, invisibility; and the upkeep of all three."""

import itertools

import sqlalchemy as sa

from .. import access, announcements
from .. import presence as shown
from ..clock import now, seconds
from ..errors import Invalid
from ..extensions import db
from ..models import Device, UserStatus
from ..rules import text
from ..rules.presence import OFFLINE, PAGES_PER_DEVICE, auto_status, entries, gone_at, is_gone, latest, left, matters, said_goodbye
from .transaction import transaction

UNSET = object()
KEEP_PAGE_SECONDS = 3600
MOST_AT_ONCE = 500
MOST_DATED_AT_ONCE = 2_000  # by one statement that tells nobody
ENDING = (  # an end, and what ends with it
    ("manual_status_expires_at", "manual_status"),
    ("public_manual_status_expires_at", "public_manual_status"),
    ("do_not_disturb_until",),
    ("public_do_not_disturb_until",),
)


def report_beat(user_id, device_id, page, entry):
    """Store a page's sign of life that may make a difference to others. Publishes presence.changed if it does.

    ``entry`` as in rules/presence.py. Returns (the person's own auto_status, the page's entry as it is stored).
    """
    with transaction(), shown.changing(user_id) as status:
        if _is_signed_in(device_id):
            status.devices = _with_page(status.devices, device_id, page, entry)
        return auto_status(status.devices, seconds()), entries(status.devices).get(f"{device_id}:{page}", entry)


def leave_page(user_id, device_id, page, heard):
    """Note that a page closes. Nothing is seen of it for some seconds, so that a reload never flickers. ``heard`` is what was
    heard of it and not written yet. It is noted of an unknown page too: its first beat may be on its way, by another worker."""
    with transaction(), shown.changing(user_id) as status:
        if _is_signed_in(device_id):
            at = seconds()
            known = entries(status.devices).get(f"{device_id}:{page}", {"beat": at})
            status.devices = _with_page(status.devices, device_id, page, left(known, heard, at))


def write_beats(beats):
    """Write what was heard of many pages together: {person: {page key: entry}} (presence/merging.py)."""
    with transaction():
        shown.merge(beats)


def set_status(user_id, manual_status=UNSET, expires_at=UNSET, do_not_disturb_until=UNSET, invisible=UNSET):
    """Change one's status text, its end, until when one is not to be disturbed (aware datetimes), or one's visibility; what is
    UNSET stays, None clears.

    Publishes me.changed to oneself, and presence.changed if others see a difference: while invisible they do not.
    Raises Invalid, and Forbidden to turn invisible where nobody may.
    """
    if manual_status is not UNSET:
        manual_status = text.manual_status(manual_status)
    _refuse_past(expires_at=expires_at, do_not_disturb_until=do_not_disturb_until)
    with transaction():
        if invisible is True:
            access.may_be_invisible()
        person, _ = access.held_person(user_id)  # what is told of the account is as true as what is told of the status
        with shown.changing(user_id) as status:
            ends = status.manual_status_expires_at if expires_at is UNSET else expires_at
            if manual_status is not UNSET:
                status.manual_status = manual_status
                ends = ends if ends and ends > now() else None  # an end that has come was the text's before
            status.manual_status_expires_at = ends if status.manual_status else None
            if do_not_disturb_until is not UNSET:
                status.do_not_disturb_until = do_not_disturb_until
            if invisible is not UNSET:
                shown.turn(status, invisible)
        announcements.me_changed(person, status)


def set_privacy(user_id, last_seen_to=UNSET, last_seen_precision=UNSET):
    """Change who may see when one was last here, and how exactly (rules/last_seen.py); what is UNSET stays.

    Publishes me.changed to oneself; nobody is told what they see no more.
    """
    with transaction():
        person, _ = access.held_person(user_id)
        with shown.changing(user_id) as status:
            if last_seen_to is not UNSET:
                status.last_seen_to = last_seen_to
            if last_seen_precision is not UNSET:
                status.last_seen_precision = last_seen_precision
        announcements.me_changed(person, status)


def decay_presence():
    """Bring cached statuses in line with the times behind them and tell others together, but nothing of invisible people.
    Mostly time lowers; what a flush wrote of a page that was thought gone raises. Returns how many people changed."""
    due = db.session.execute(_due(now())).all()
    db.session.rollback()
    stale = [row.user_id for row in due if auto_status(row.devices, seconds()) != row.auto_status]
    known = set(stale)
    others = [row for row in due if row.user_id not in known]
    parts = itertools.zip_longest(_parts(stale), _parts(others, MOST_DATED_AT_ONCE), fillvalue=())
    return sum(_catch_up(part) for part in parts)


def tidy_statuses():
    """Clear what has ended (status texts, do not disturb) and pages of which nothing may be asked any more. It is no sign of
    life, and others see all of it as gone already. Returns how many rows were tidied."""
    ended = db.session.execute(sa.select(UserStatus.user_id).where(_has_ended(now())).limit(MOST_AT_ONCE)).scalars().all()
    gone = db.session.execute(sa.select(UserStatus.user_id, UserStatus.devices).where(UserStatus.auto_status == OFFLINE, _has_pages()))
    found = sorted({*ended, *(row.user_id for row in gone if _of_use(row.devices) != row.devices)})[:MOST_AT_ONCE]
    db.session.rollback()
    with transaction(), shown.changing_together(found) as statuses:
        for status in statuses:
            _tidy(status)
    return len(found)


def _refuse_past(**moments):
    past = {name: "This moment is in the past." for name, moment in moments.items() if moment not in (UNSET, None) and moment <= now()}
    if past:
        raise Invalid(errors=past)


def _catch_up(part):
    """Bring some in line, and date others whose beats went on: one commit for both."""
    stale, others = part
    with transaction():
        changed = _lower(stale) if stale else 0
        if others:
            shown.look_again_later(others)
        return changed


def _lower(user_ids):
    asked = sa.select(UserStatus).where(UserStatus.user_id.in_(user_ids)).order_by(UserStatus.user_id)
    changed = []
    for status in db.session.execute(asked.with_for_update()).scalars().all():
        told = status.auto_status
        shown.cache(status, seconds())
        if status.auto_status != told:  # else a deed has settled and told it meanwhile
            changed.append(status)
    db.session.flush()
    shown.announce([status for status in changed if not status.invisible])
    return len(changed)


def _parts(found, most=MOST_AT_ONCE):
    return [found[start : start + most] for start in range(0, len(found), most)]


def _is_signed_in(device_id):
    """Asked while the status is locked: a device that is just signed out must not bring its pages back."""
    return db.session.execute(sa.select(Device.ended_at).where(Device.id == device_id)).scalar_one() is None


def _with_page(devices, device_id, page, entry):
    """Return devices with one page's entry replaced, without pages long gone, with at most PAGES_PER_DEVICE of this device."""
    pages = {key: old for key, old in entries(devices).items() if gone_at(old) + KEEP_PAGE_SECONDS > seconds()}
    key = f"{device_id}:{page}"
    before = pages.get(key, {})
    pages[key] = {name: value for name, value in before.items() if name == "left"} | entry | _input(before, entry)
    # Those that are gone or going first: many reloads of one tab push out no other.
    others, at = [one for one in pages if one.startswith(device_id + ":") and one != key], seconds()
    others.sort(key=lambda one: (not said_goodbye(pages[one]) and not is_gone(pages[one], at), pages[one]["beat"]))
    for one in others[: 1 - PAGES_PER_DEVICE]:
        del pages[one]
    return pages


def _due(at):
    """Return the statement for whoever's cached status is to be looked at; of those whom only outside SQL wrote nothing is
    known but that they are shown as here."""
    columns = (UserStatus.user_id, UserStatus.auto_status, UserStatus.devices, UserStatus.decays_at)
    dated = sa.select(*columns).where(UserStatus.decays_at <= at)
    return dated.union_all(sa.select(*columns).where(UserStatus.decays_at.is_(None), UserStatus.auto_status != OFFLINE))


def _input(stored, heard):
    """Return {"input": the later one}, or {} when there was none: another worker may have stored what came after this."""
    found = latest(stored.get("input"), heard.get("input"))
    return {} if found is None else {"input": found}


def _has_pages():
    return sa.cast(UserStatus.devices, sa.Text).not_in(("{}", "[]"))


def _has_ended(at):
    return sa.or_(*(getattr(UserStatus, end) <= at for end, *_ in ENDING))


def _of_use(devices):
    return {key: entry for key, entry in entries(devices).items() if matters(entry, seconds())}


def _tidy(status):
    at = now()
    for end, *ended in ENDING:
        if getattr(status, end) is not None and getattr(status, end) <= at:
            for name in (end, *ended):
                setattr(status, name, None)
    if auto_status(status.devices, seconds()) == OFFLINE:
        status.devices = _of_use(status.devices)
    status.tidied_at = at
