"""What one person may see of when others were last here: what they show themself, and whom they share a group with."""

import sqlalchemy as sa

from .extensions import db
from .models import Group, GroupMember, UserStatus, user_status
from .rules.last_seen import Viewer, asks_who


def viewer(asker_id, records, own=None):
    """Return the asker as a Viewer of the people in {id: Record}. ``own``: the asker's Record where it is known."""
    if own is None:
        own = user_status.record(db.session.execute(sa.select(*user_status.RECORDED).where(UserStatus.user_id == asker_id)).one())
    shows = own.told
    asked = Viewer(shows.last_seen_to, shows.last_seen_precision)
    doubtful = [user_id for user_id, record in records.items() if asks_who(asked, record.told)]
    return Viewer(shows.last_seen_to, shows.last_seen_precision, _acquainted(asker_id, doubtful)) if doubtful else asked


def _acquainted(asker_id, user_ids):
    """Return those of these people who are in a group with somebody besides the one that everybody is in."""
    own = sa.select(GroupMember.group_id).join(Group, Group.id == GroupMember.group_id)
    own = own.where(GroupMember.user_id == asker_id, ~Group.is_primary, Group.deleted_at.is_(None))
    found = sa.select(GroupMember.user_id).where(GroupMember.group_id.in_(own), GroupMember.user_id.in_(user_ids))
    return frozenset(db.session.execute(found.distinct()).scalars())
