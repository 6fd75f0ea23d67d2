"""Deeds of the house itself: what is over is cleared away. Nothing is right only because one of these ran."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from ..clock import now
from ..extensions import db
from ..models import Device, Event, Group, Invite, JobRun, Message, PasswordReset, Server, Throttle
from ..models.conversation import group_key
from .transaction import transaction

KEEP_EVENTS = timedelta(days=14)
KEEP_THROTTLES = timedelta(days=1)
KEEP_DEVICES = timedelta(days=90)
MOST_AT_ONCE = 1_000


def cleanup_expired_invites():
    """Delete the invites whose end has come. Returns how many."""
    with transaction():
        if db.engine.dialect.name == "postgresql":
            return db.session.execute(sa.select(sa.func.cleanup_expired_invites())).scalar_one()
        return db.session.execute(sa.delete(Invite).where(Invite.expires_at <= now())).rowcount


def clear_deleted_groups():
    """Empty the messages of deleted groups and their events' text. The rows stay: (sender, client id) holds for ever.
    Returns how many messages were emptied."""
    gone = db.session.execute(_deleted_groups_with_content()).scalars().all()
    db.session.rollback()
    return sum(_clear_group(group_id) for group_id in gone)


def prune_events():
    """Delete events older than KEEP_EVENTS, but for the newest of each audience: by it a quiet reader's cursor is known to
    be good. Returns how many."""
    horizon = db.session.execute(sa.select(sa.func.max(Event.position)).where(Event.created_at < now() - KEEP_EVENTS)).scalar_one()
    count, start = 0, 0
    while horizon is not None and (end := _end_of_part(start, horizon)) is not None:
        count += _prune_part(start, end)
        start = end
    db.session.rollback()
    return count


def prune_leftovers():
    """Delete what nobody needs any more: old failures, expired reset links, devices that ended long ago. Returns how many."""
    with transaction():
        at = now()
        gone = (
            sa.delete(Throttle).where(Throttle.last_failed_at < at - KEEP_THROTTLES),
            sa.delete(PasswordReset).where(PasswordReset.expires_at <= at),
            sa.delete(Device).where(sa.or_(Device.ended_at < at - KEEP_DEVICES, Device.expires_at < at - KEEP_DEVICES)),
        )
        return sum(db.session.execute(one).rowcount for one in gone)


def note_job_run(name, started_at, outcome, failed):
    """Remember when a job ran and how it ended."""
    with transaction():
        run = db.session.get(JobRun, name) or JobRun(name=name, failures=0)
        run.started_at, run.finished_at, run.outcome = started_at, now(), outcome
        run.failures += failed
        db.session.add(run)


def _deleted_groups_with_content():
    written = sa.exists().where(Message.conversation == sa.literal(group_key("")) + sa.cast(Group.id, sa.String), Message.content != "")
    invited = sa.exists().where(Invite.group_id == Group.id)
    return sa.select(Group.id).where(Group.deleted_at.is_not(None), sa.or_(written, invited)).order_by(Group.id)


def _clear_group(group_id):
    with transaction():
        db.session.execute(sa.delete(Invite).where(Invite.group_id == group_id))
    count, number = 0, 0
    while True:
        with transaction():
            part = sa.select(Message.id, Message.number).where(
                Message.conversation == group_key(group_id), Message.number > number, Message.content != ""
            )
            found = db.session.execute(part.order_by(Message.number).limit(MOST_AT_ONCE)).all()
            ids = [one.id for one in found]
            db.session.execute(sa.update(Message).where(Message.id.in_(ids)).values(content="", deleted_at=now()))
            db.session.execute(sa.delete(Event).where(Event.message_id.in_(ids)))
        count += len(ids)
        if len(ids) < MOST_AT_ONCE:
            return count
        number = found[-1].number


def _end_of_part(start, horizon):
    """Return the position at which a part of MOST_AT_ONCE events after ``start`` ends, or None when none are left."""
    part = sa.select(Event.position).where(Event.position > start, Event.position <= horizon).order_by(Event.position).limit(MOST_AT_ONCE)
    return db.session.execute(sa.select(sa.func.max(part.subquery().c.position))).scalar_one()


def _prune_part(start, end):
    """Delete what is between two positions and not the newest of an audience; whoever stands before ``end`` is to know."""
    newer = orm.aliased(Event)
    followed = (sa.or_(own.is_(None), sa.exists().where(later == own, newer.position > Event.position)) for own, later in _audiences(newer))
    with transaction():
        gone = sa.delete(Event).where(Event.position > start, Event.position <= end, *followed)
        count = db.session.execute(gone, execution_options={"synchronize_session": False}).rowcount
        if count:
            db.session.execute(sa.update(Server).where(Server.pruned_position < end).values(pruned_position=end))
        return count


def _audiences(newer):
    return ((Event.group_id, newer.group_id), (Event.user_id, newer.user_id), (Event.other_user_id, newer.other_user_id))
