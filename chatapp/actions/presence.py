"""Signs of life, status texts, invisibility; and the upkeep of all three."""

import json

import sqlalchemy as sa

from .. import access, payloads
from .. import presence as shown
from ..clock import now, seconds
from ..errors import Invalid
from ..extensions import db
from ..models import Device, UserStatus
from ..rules import text
from ..rules.presence import OFFLINE, PAGES_PER_DEVICE, auto_status, entries, gone_at
from ..updates import publish, to_user
from .transaction import transaction

UNSET = object()
KEEP_PAGE_SECONDS = 3600
MOST_AT_ONCE = 500


def report_beat(user_id, device_id, page, entry):
    """Store a page's sign of life that may make a difference to others. Publishes presence.changed if it does.

    ``entry`` as in rules/presence.py. Returns (the person's own auto_status, the page's entry as it is stored).
    """
    with transaction(), shown.changing(user_id) as status:
        # Asked while the status is locked: a device that is just signed out must not bring its pages back.
        if db.session.execute(sa.select(Device.ended_at).where(Device.id == device_id)).scalar_one() is None:
            status.devices = _with_page(status.devices, device_id, page, entry)
        return auto_status(status.devices, seconds()), entries(status.devices).get(f"{device_id}:{page}", entry)


def leave_page(user_id, device_id, page):
    """Note that a page closes. Nothing is seen of it for some seconds, so that a reload never flickers."""
    with transaction(), shown.changing(user_id) as status:
        pages, key = dict(entries(status.devices)), f"{device_id}:{page}"
        if key in pages:
            pages[key] = {**pages[key], "left": seconds()}
            status.devices = pages


def write_beats(beats):
    """Write {person: {page key: entry}} in one statement. Each page's entry is merged by itself: parallel writers of other
    pages overwrite nothing. Pages of a device that was signed out are left out, and new ones of a device that has enough."""
    with transaction():
        statement = SQLITE_MERGE
        if db.engine.dialect.name == "postgresql":
            # Locked in order, so that two writers cannot wait for each other; the merge then sees who was signed out meanwhile.
            people = sa.select(UserStatus.user_id).where(UserStatus.user_id.in_(list(beats))).order_by(UserStatus.user_id)
            db.session.execute(people.with_for_update())
            statement = PG_MERGE
        db.session.execute(sa.text(statement), {"beats": json.dumps(beats), "most": PAGES_PER_DEVICE})


def set_status(user_id, manual_status=UNSET, expires_at=UNSET, invisible=UNSET):
    """Change one's status text, its end (an aware datetime) or one's visibility; what is UNSET stays, None clears.

    Publishes me.changed to oneself, and presence.changed if others see a difference: while invisible they do not.
    Raises Invalid.
    """
    if manual_status is not UNSET:
        manual_status = text.manual_status(manual_status)
    if expires_at not in (UNSET, None) and expires_at <= now():
        raise Invalid(errors={"expires_at": "This moment is in the past."})
    with transaction():
        person, _ = access.held_person(user_id)  # what is told of the account is as true as what is told of the status
        with shown.changing(user_id) as status:
            ends = status.manual_status_expires_at if expires_at is UNSET else expires_at
            if manual_status is not UNSET:
                status.manual_status = manual_status
                ends = ends if ends and ends > now() else None  # an end that has come was the text's before
            status.manual_status_expires_at = ends if status.manual_status else None
            if invisible is not UNSET and invisible != status.invisible:
                _turn(status, invisible)
        publish("me.changed", to_user(user_id), me=payloads.my_settings(person, status, access.is_server_owner(user_id)))


def decay_presence():
    """Bring cached statuses in line with the times behind them and tell others together, but nothing of invisible people.
    Mostly time lowers; what a flush wrote of a page that was thought gone raises. Returns how many people changed."""
    stale = [row.user_id for row in db.session.execute(_may_be_stale()) if auto_status(row.devices, seconds()) != row.auto_status]
    db.session.rollback()
    return sum(_catch_up(stale[start : start + MOST_AT_ONCE]) for start in range(0, len(stale), MOST_AT_ONCE))


def tidy_statuses():
    """Clear status texts whose end has come and pages that are long gone. It is no sign of life, and nothing that others
    see changes but the text, which they already see as gone. Returns how many rows were tidied."""
    due = sa.select(UserStatus.user_id).where(_untidy(now())).order_by(UserStatus.user_id).limit(MOST_AT_ONCE)
    found = db.session.execute(due).scalars().all()
    db.session.rollback()
    with transaction():
        for user_id in found:
            with shown.changing(user_id) as status:
                _tidy(status)
    return len(found)


def _catch_up(user_ids):
    with transaction():
        part = sa.select(UserStatus).where(UserStatus.user_id.in_(user_ids)).order_by(UserStatus.user_id)
        changed = []
        for status in db.session.execute(part.with_for_update()).scalars().all():
            fresh = auto_status(status.devices, seconds())
            if fresh != status.auto_status:  # else a deed has settled and told it meanwhile
                status.auto_status = fresh
                changed.append(status)
        db.session.flush()
        shown.announce([status for status in changed if not status.invisible])
        return len(changed)


def _with_page(devices, device_id, page, entry):
    """Return devices with one page's entry replaced, without pages long gone, with at most PAGES_PER_DEVICE of this device."""
    pages = {key: old for key, old in entries(devices).items() if gone_at(old) + KEEP_PAGE_SECONDS > seconds()}
    key = f"{device_id}:{page}"
    earlier = {name: value for name, value in pages.get(key, {}).items() if name == "input"}
    pages[key] = earlier | entry
    own = sorted((key for key in pages if key.startswith(device_id + ":")), key=lambda key: pages[key]["beat"])
    for key in own[:-PAGES_PER_DEVICE]:
        del pages[key]
    return pages


def _turn(status, invisible):
    status.invisible = invisible
    status.public_manual_status = status.public_manual_status_expires_at = None
    if invisible:  # from now on others see this copy
        status.public_manual_status = status.manual_status
        status.public_manual_status_expires_at = status.manual_status_expires_at
    else:  # coming back looks like signing in: of pages that went while invisible nothing is told
        status.devices = {key: entry for key, entry in entries(status.devices).items() if gone_at(entry) > seconds()}


def _may_be_stale():
    return sa.select(UserStatus.user_id, UserStatus.auto_status, UserStatus.devices).where(sa.or_(UserStatus.auto_status != OFFLINE, _has_pages()))


def _has_pages():
    return sa.cast(UserStatus.devices, sa.Text).not_in(("{}", "[]"))


def _untidy(at):
    gone = sa.and_(UserStatus.auto_status == OFFLINE, _has_pages())
    return sa.or_(UserStatus.manual_status_expires_at <= at, UserStatus.public_manual_status_expires_at <= at, gone)


def _tidy(status):
    at = now()
    if status.manual_status_expires_at is not None and status.manual_status_expires_at <= at:
        status.manual_status = status.manual_status_expires_at = None
    if status.public_manual_status_expires_at is not None and status.public_manual_status_expires_at <= at:
        status.public_manual_status = status.public_manual_status_expires_at = None
    if auto_status(status.devices, seconds()) == OFFLINE:
        status.devices = {}
    status.tidied_at = at


# Each device is looked up by itself: a join would read all of them once for each person.
PG_MERGE = """
UPDATE user_status AS s
SET devices = (
  SELECT old.pages || coalesce((
    SELECT jsonb_object_agg(page.key, CASE WHEN jsonb_typeof(old.pages -> page.key) = 'object' THEN old.pages -> page.key ELSE '{}' END || page.value)
    FROM jsonb_each(heard.value) AS page
    WHERE (SELECT d.ended_at IS NULL FROM devices AS d WHERE d.id = CAST(left(page.key, 36) AS uuid)) AND (
      jsonb_exists(old.pages, page.key)
      OR (SELECT count(*) FROM jsonb_object_keys(old.pages) AS other WHERE left(other, 36) = left(page.key, 36)) < :most)
  ), '{}')
  FROM (SELECT CASE WHEN jsonb_typeof(s.devices) = 'object' THEN s.devices ELSE '{}' END AS pages) AS old)
FROM jsonb_each(CAST(:beats AS jsonb)) AS heard
WHERE s.user_id = CAST(heard.key AS uuid)
"""
# json_patch merges as RFC 7396 says: within a page's entry too, and a null takes a member away.
SQLITE_MERGE = """
UPDATE user_status
SET devices = json_patch(CASE WHEN json_type(user_status.devices) = 'object' THEN user_status.devices ELSE '{}' END, (
    SELECT json_group_object(page.key, json(page.value))
    FROM json_each(heard.value) AS page
    JOIN devices AS d ON d.id = substr(page.key, 1, 36) AND d.ended_at IS NULL
    WHERE EXISTS (SELECT 1 FROM json_each(user_status.devices) AS other WHERE other.key = page.key)
      OR (SELECT count(*) FROM json_each(user_status.devices) AS other WHERE substr(other.key, 1, 36) = substr(page.key, 1, 36)) < :most
  ))
FROM json_each(:beats) AS heard
WHERE user_status.user_id = heard.key
"""
