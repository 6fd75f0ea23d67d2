"""Create, rename, delete a group."""

import sqlalchemy as sa

from .. import access, announcements, payloads, snapshots
from ..clock import now
from ..errors import Conflict
from ..extensions import db
from ..models import Group, GroupMember, group_member
from ..rules import text
from ..updates import publish, to_group, to_user
from .transaction import transaction


def create_group(user_id, name, member_ids=()):
    """Create a group owned by its creator, with these people in it from the start.

    Publishes member.added and group.joined for each. Returns the group JSON as the creator sees it. Raises Invalid, NotFound.
    """
    name = text.group_name(name)
    with transaction():
        created = Group(name=name)
        people = dict.fromkeys([user_id, *(access.active_person(member_id).id for member_id in member_ids)])
        db.session.add(created)
        db.session.flush()
        for person_id in people:
            role = group_member.OWNER if person_id == user_id else group_member.MEMBER
            db.session.add(GroupMember(user_id=person_id, group_id=created.id, role=role))
        db.session.flush()
        for membership in db.session.execute(sa.select(GroupMember).where(GroupMember.group_id == created.id)).scalars():
            announcements.joined(created, membership)
        return snapshots.own_groups(user_id, created.id)[0]


def rename_group(user_id, group_id, name):
    """Give a group another name. Publishes group.changed; returns the group JSON. Raises NotFound, Forbidden, Invalid."""
    name = text.group_name(name)
    with transaction():
        renamed = access.owned_group(user_id, group_id)
        if renamed.name != name:
            renamed.name = name
            publish("group.changed", to_group(renamed.id), group=payloads.group(renamed))
        db.session.flush()
        return snapshots.own_groups(user_id, renamed.id)[0]


def delete_group(user_id, group_id):
    """Delete a group: it is gone for everybody at once; a job clears its content later.

    Publishes group.deleted to each member. Raises NotFound, Forbidden, and Conflict for the primary group.
    """
    with transaction():
        deleted = access.owned_group(user_id, group_id)
        if deleted.is_primary:
            raise Conflict("The primary group belongs to everybody and cannot be deleted.", code="primary_group")
        deleted.deleted_at = now()
        members = db.session.execute(sa.select(GroupMember).where(GroupMember.group_id == deleted.id)).scalars().all()
        for membership in members:
            publish("group.deleted", to_user(membership.user_id), group_id=deleted.id)
            db.session.delete(membership)
