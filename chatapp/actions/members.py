"""Add somebody to a group, change their role, let them go."""

from .. import access, announcements, payloads
from ..errors import Conflict, Forbidden
from ..extensions import db
from ..models import GroupMember, group_member
from ..models.group_member import MEMBER, OWNER
from ..updates import publish, to_group
from .transaction import transaction


def add_member(user_id, group_id, person_id):
    """Bring an active person into a group one is in. Somebody who is there already stays as they are.

    Publishes member.added and group.joined; returns the membership JSON. Raises NotFound.
    """
    with transaction():
        group = access.held_group(user_id, group_id)
        person = access.active_person(person_id)
        membership = db.session.execute(group_member.of(person.id, group.id)).scalar_one_or_none()
        if membership is None:
            membership = GroupMember(user_id=person.id, group_id=group.id)
            db.session.add(membership)
            db.session.flush()
            db.session.refresh(membership)
            announcements.joined(group, membership)
        return payloads.member(membership)


def change_role(user_id, group_id, person_id, role):
    """Make a member an owner or an owner a member. Publishes member.changed, and in the primary group me.changed to that
    person, who now runs the server or does no longer. Returns the membership JSON.

    Raises NotFound, Forbidden, and Conflict when no owner would be left.
    """
    with transaction():
        group = access.owned_group(user_id, group_id)
        membership = access.membership(person_id, group.id, keep=True)
        if membership.role != role:
            if role == MEMBER:
                _keep_an_owner(membership)
            membership.role = role
            publish("member.changed", to_group(group.id), member=payloads.member(membership))
            if group.is_primary:
                announcements.me_changed(*access.held_person(membership.user_id))
        return payloads.member(membership)


def remove_member(user_id, group_id, person_id):
    """Leave a group, or as its owner remove somebody. From now on they see nothing of it.

    Publishes member.removed to the group and to the person. Raises NotFound, Forbidden, Conflict.
    """
    with transaction():
        group = access.held_group(user_id, group_id)
        if person_id != user_id and access.membership(user_id, group.id).role != OWNER:
            raise Forbidden("Only an owner of the group may remove somebody.")
        membership = access.membership(person_id, group.id, keep=True)
        if group.is_primary:
            raise Conflict("Everybody is in the primary group and stays there.", code="primary_group")
        if membership.role == OWNER:
            _keep_an_owner(membership)
        db.session.delete(membership)
        publish("member.removed", to_group(group.id, membership.user_id), group_id=group.id, user_id=membership.user_id)


def _keep_an_owner(leaving):
    owners = db.session.execute(group_member.active_owners(leaving.group_id)).scalars()
    if {one.user_id for one in owners} <= {leaving.user_id}:
        raise Conflict("A group keeps an owner. Make somebody else an owner first, or delete the group.", code="last_owner")
