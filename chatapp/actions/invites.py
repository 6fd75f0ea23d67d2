"""Create, revoke, accept an invite."""

from datetime import timedelta

from .. import access, announcements, payloads, snapshots
from ..clock import now
from ..errors import Forbidden, Invalid
from ..extensions import db
from ..models import GroupMember, Invite, group_member
from ..models.group_member import OWNER
from ..updates import publish, to_group
from .transaction import transaction

LEAST_SECONDS = 60
MOST_SECONDS = 30 * 24 * 3600


def create_invite(user_id, group_id, expires_in):
    """Make a link into a group one is in, valid for so many seconds. Publishes invite.created; returns the invite JSON.

    Raises NotFound and Invalid.
    """
    if not LEAST_SECONDS <= expires_in <= MOST_SECONDS:
        raise Invalid(errors={"expires_in": "An invite lasts from one minute to 30 days."})
    with transaction():
        group = access.held_group(user_id, group_id)
        at = now()
        created = Invite(group_id=group.id, created_by=user_id, created_at=at, expires_at=at + timedelta(seconds=expires_in))
        db.session.add(created)
        db.session.flush()
        publish("invite.created", to_group(group.id), invite=payloads.invite(created))
        return payloads.invite(created)


def revoke_invite(user_id, invite_id):
    """Make an invite's link dead; its creator and the group's owners may. Publishes invite.revoked. Raises NotFound, Forbidden."""
    with transaction():
        revoked = access.invite_of_member(user_id, invite_id)
        if revoked.created_by != user_id and access.membership(user_id, revoked.group_id).role != OWNER:
            raise Forbidden("Only its creator or an owner of the group may revoke an invite.")
        db.session.delete(revoked)
        publish("invite.revoked", to_group(revoked.group_id), invite_id=revoked.id, group_id=revoked.group_id)


def accept_invite(user_id, invite_id):
    """Join the group that an invite leads to; who is in it already stays. Validity is judged here, in the same transaction.

    Publishes member.added and group.joined; returns the group JSON. Raises NotFound for whatever is not valid now.
    """
    with transaction():
        _, group = access.held_invite(invite_id)
        membership = db.session.execute(group_member.of(user_id, group.id)).scalar_one_or_none()
        if membership is None:
            membership = GroupMember(user_id=user_id, group_id=group.id)
            db.session.add(membership)
            db.session.flush()
            db.session.refresh(membership)
            announcements.joined(group, membership)
        return snapshots.own_groups(user_id, group.id)[0]
