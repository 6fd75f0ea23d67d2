"""Deeds of the house itself: what is over is cleared away. Nothing is right only because one of these ran."""

from datetime import timedelta

import sqlalchemy as sa

from ..clock import now
from ..extensions import db
from ..models import Device, Event, Group, Invite, JobRun, Message, PasswordReset, Server, Throttle
from .transaction import transaction

KEEP_EVENTS = timedelta(days=14)
KEEP_THROTTLES = timedelta(days=1)
KEEP_DEVICES = timedelta(days=90)
MOST_AT_ONCE = 5_000


def cleanup_expired_invites():
    """Delete the invites whose end has come. Returns how many."""
    with transaction():
        if db.engine.dialect.name == "postgresql":
            return db.session.execute(sa.select(sa.func.cleanup_expired_invites())).scalar_one()
        return db.session.execute(sa.delete(Invite).where(Invite.expires_at <= now())).rowcount


def clear_deleted_groups():
    """Empty the messages of deleted groups and their events' text. The rows stay: (sender, client id) holds for ever.
    Returns how many messages were emptied."""
    with transaction():
        gone = sa.select(Group.id).where(Group.deleted_at.is_not(None))
        part = sa.select(Message.id).where(Message.group_id.in_(gone), Message.content != "").limit(MOST_AT_ONCE)
        ids = db.session.execute(part).scalars().all()
        db.session.execute(sa.update(Message).where(Message.id.in_(ids)).values(content="", deleted_at=now()))
        db.session.execute(sa.delete(Event).where(Event.message_id.in_(ids)))
        db.session.execute(sa.delete(Invite).where(Invite.group_id.in_(gone)))
        return len(ids)


def prune_events():
    """Delete events older than KEEP_EVENTS, but for the newest of each audience: by it a quiet reader's cursor is known to
    be good. Returns how many."""
    with transaction():
        old = sa.select(sa.func.max(Event.position)).where(Event.created_at < now() - KEEP_EVENTS)
        horizon = db.session.execute(old).scalar_one()
        if horizon is None:
            return 0
        newest = sa.union(*(sa.select(sa.func.max(Event.position)).where(column.is_not(None)).group_by(column) for column in AUDIENCE))
        gone = sa.delete(Event).where(Event.position <= horizon, Event.position.not_in(newest))
        count = db.session.execute(gone).rowcount
        if count:
            db.session.execute(sa.update(Server).values(pruned_position=horizon))
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


AUDIENCE = (Event.group_id, Event.user_id, Event.other_user_id)
