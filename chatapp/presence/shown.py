"""From a change of somebody's status to what others hear of it. All inside a running transaction."""

from collections import defaultdict
from contextlib import contextmanager

import sqlalchemy as sa

from .. import payloads
from ..clock import from_seconds, seconds
from ..extensions import db
from ..models import Direct, Group, GroupMember, UserStatus, user_status
from ..rules.presence import OFFLINE, auto_status, entries, is_gone, lasts_until, seen_by_others
from ..updates import publish, to_group, to_user
from .recent import will_change

LARGEST_AUDIENCE = 200  # members; in larger groups pages re-read presence instead of being woken by everybody


@contextmanager
def changing(user_id):
    """Yield a person's status, locked, to be changed in the block; afterwards the cached auto_status is brought in line
    and others are told if what they see is another than a moment ago, or than what they were told last: time alone tells
    nobody. Yields None for an unknown person."""
    with changing_together([user_id]) as found:
        yield found[0] if found else None


@contextmanager
def changing_together(user_ids):
    """Yield the statuses of several people, as ``changing`` does of one."""
    asked = sa.select(UserStatus).where(UserStatus.user_id.in_(user_ids)).order_by(UserStatus.user_id)
    found = db.session.execute(asked.with_for_update(), execution_options={"populate_existing": True}).scalars().all()
    before = [(_view(status), _told_last(status)) for status in found]
    for status in found:
        will_change(status.user_id)
    yield found
    for status, (view, _) in zip(found, before, strict=True):
        _settle(status, view)
    db.session.flush()
    announce([status for status, (view, told) in zip(found, before, strict=True) if {view[:3], (told, *view[1:3])} != {_view(status)[:3]}])


def drop_device(user_id, device_id):
    """Let a device that was signed out count no longer. Publishes presence.changed if others see a difference."""
    with changing(user_id) as status:
        status.devices = {key: entry for key, entry in entries(status.devices).items() if not key.startswith(device_id + ":")}


def cache(status, now):
    """Keep what the rule says at the second ``now``, and until when it stays so if nothing more is heard."""
    until = lasts_until(status.devices, now)
    status.auto_status, status.decays_at = auto_status(status.devices, now), until and from_seconds(until)


def turn(status, invisible):
    """Let a person be invisible or not, inside ``changing``. From the moment they turn others see a copy of what they said;
    coming back looks like signing in: of pages that went meanwhile nothing is told."""
    if status.invisible == invisible:
        return
    status.invisible = invisible
    for name in user_status.SAID:
        setattr(status, f"public_{name}", getattr(status, name) if invisible else None)
    if not invisible:
        now = seconds()
        status.devices = {key: entry for key, entry in entries(status.devices).items() if not is_gone(entry, now)}


def announce(statuses):
    """Publish these people's presence as others see it now: one event for each group that is not too large, one for each
    direct partner."""
    if not statuses:
        return
    now = seconds()
    news = {status.user_id: payloads.presence_news(status.user_id, user_status.record(status), now) for status in statuses}
    for group_id, people in _groups_of(list(news)).items():
        publish("presence.changed", to_group(group_id), presence=[news[one] for one in people])
    for partner_id, people in _partners_of(list(news)).items():
        publish("presence.changed", to_user(partner_id), presence=[news[one] for one in people])


def _told_last(status):
    """Return the auto_status that others were told last. It is what the cache holds; of an invisible person it is the
    offline of the moment when they turned so, whatever the cache says since."""
    return OFFLINE if status.invisible else status.auto_status


def _view(status):
    return seen_by_others(user_status.record(status), seconds())


def _settle(status, before):
    """Bring the cache in line, and keep when somebody was last here whenever others see them as offline: this very instant
    if they were shown until now, else their last sign of life. What an invisible person does moves nothing of it."""
    now = seconds()
    cache(status, now)
    if _view(status).auto_status == OFFLINE:
        moment = now if before.auto_status != OFFLINE else before.last_seen
        status.public_last_seen = moment and from_seconds(moment)


def _groups_of(user_ids):
    # Whether there is one more, not how many there are: it costs the same however large a group is.
    more = sa.select(GroupMember.user_id).where(GroupMember.group_id == Group.id).correlate(Group).limit(1).offset(LARGEST_AUDIENCE)
    rows = db.session.execute(
        sa.select(GroupMember.group_id, GroupMember.user_id)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.user_id.in_(user_ids), Group.deleted_at.is_(None), more.scalar_subquery().is_(None))
        .order_by(GroupMember.group_id, GroupMember.user_id)
    )
    return _gathered(rows)


def _partners_of(user_ids):
    rows = db.session.execute(
        sa.select(Direct.partner_id, Direct.user_id)
        .where(Direct.user_id.in_(user_ids), Direct.partner_id != Direct.user_id)
        .order_by(Direct.partner_id, Direct.user_id)
    )
    return _gathered(rows)


def _gathered(rows):
    found = defaultdict(list)
    for audience, user_id in rows:
        found[audience].append(user_id)
    return found
