"""Find somebody's thing through the asker's own memberships. What the asker may not see answers exactly like what does
not exist: NotFound. Deeds call this inside their transaction, so that a right cannot go between the check and the act."""

from dataclasses import dataclass

import sqlalchemy as sa

from . import payloads
from .clock import now
from .errors import Forbidden, NotFound
from .extensions import db
from .ids import parse_id
from .models import Direct, Group, GroupMember, Invite, Message, User, UserStatus, conversation, group, group_member, invite, user


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation as one person reaches it: a group or a partner."""

    key: str
    group_id: str | None = None
    partner_id: str | None = None


def has_accounts():
    """Tell whether the server was set up."""
    return db.session.execute(user.exists()).scalar_one()


def membership(user_id, group_id, *, keep=False):
    """Return a person's membership in a group. ``keep``: nobody removes it before this transaction ends. Raises NotFound."""
    found = group_member.of(user_id, _id(group_id))
    if keep:
        found = found.with_for_update(key_share=True, of=GroupMember)
    return _one(found)


def ownership(user_id, group_id):
    """Return an owner's membership, with the group's roles held still until the transaction ends. Raises NotFound, Forbidden."""
    hold_roles(group_id)
    found = membership(user_id, group_id, keep=True)
    if found.role != group_member.OWNER:
        raise Forbidden("Only an owner of the group may do this.")
    return found


def hold_roles(group_id):
    """Let nobody else change who owns a group until this transaction ends: the last owner cannot go by two doors at once."""
    db.session.execute(sa.select(Group.id).where(Group.id == _id(group_id)).with_for_update(key_share=True))


def group_for(user_id, group_id):
    """Return a group that a person is in. Raises NotFound."""
    return db.session.get(Group, membership(user_id, group_id).group_id)


def primary_group():
    """Return the group that everybody is in."""
    return db.session.execute(group.primary()).scalar_one()


def is_server_owner(user_id):
    """Tell whether a person is an owner of the primary group: these run the server."""
    found = db.session.execute(group_member.of(user_id, primary_group().id)).scalar_one_or_none()
    return found is not None and found.role == group_member.OWNER


def server_owner(user_id):
    """Raise Forbidden unless a person runs the server."""
    if not is_server_owner(user_id):
        raise Forbidden("Only the owners of the primary group may do this.")


def person(user_id):
    """Return a person's account, deactivated or not. Raises NotFound."""
    return _one(sa.select(User).where(User.id == _id(user_id)))


def held_person(user_id):
    """Return (a person's account, their status), both held until the transaction ends. Whoever tells people of themselves
    holds both, in this order: what is told last is what is true."""
    account = db.session.get(User, user_id, with_for_update={"key_share": True})
    return account, db.session.get(UserStatus, user_id, with_for_update=True)


def active_person(user_id):
    """Return an active person's account. Raises NotFound."""
    return _one(sa.select(User).where(User.id == _id(user_id), User.deactivated_at.is_(None)))


def place(user_id, *, group_id=None, partner_id=None, keep=False):
    """Return the Place of a group's or a partner's conversation. ``keep`` as in ``membership``. Raises NotFound."""
    if group_id is not None:
        found = membership(user_id, group_id, keep=keep)
        return Place(conversation.group_key(found.group_id), group_id=found.group_id)
    partner = person(partner_id)
    return Place(conversation.direct_key(user_id, partner.id), partner_id=partner.id)


def direct(user_id, partner_id):
    """Return one's side of a direct conversation that has begun, or None."""
    return db.session.get(Direct, (user_id, partner_id))


def own_message(user_id, message_id):
    """Return a message that a person wrote, held until the transaction ends, if they can still see its conversation.

    Raises NotFound, and Forbidden when it is somebody else's.
    """
    found = _one(sa.select(Message).where(Message.id == _id(message_id)).with_for_update(key_share=True))
    if found.group_id is not None:
        membership(user_id, found.group_id)
    elif user_id not in (found.sender_id, found.receiver_id):
        raise NotFound
    if found.sender_id != user_id:
        raise Forbidden("Only its author may change a message.")
    return found


def usable_invite(invite_id, *, keep=False):
    """Return an invite that is valid now, by the database's clock. ``keep``: nobody revokes it before this transaction
    ends. Raises NotFound alike for expired, revoked, unknown."""
    found = invite.usable(_id(invite_id), now())
    return _one(found.with_for_update(key_share=True, of=Invite) if keep else found)


def invite_preview(invite_id):
    """Return what anyone who holds an invite's link may know of it. Raises NotFound."""
    found = usable_invite(invite_id)
    count = db.session.execute(group_member.count(found.group_id)).scalar_one()
    inviter = found.created_by and db.session.get(User, found.created_by)
    return payloads.invite_preview(found, db.session.get(Group, found.group_id), count, inviter)


def invite_of_member(user_id, invite_id):
    """Return an invite into a group that a person is in. Raises NotFound."""
    found = _one(sa.select(Invite).where(Invite.id == _id(invite_id)))
    membership(user_id, found.group_id)
    return found


def _id(text):
    identity = parse_id(text)
    if identity is None:
        raise NotFound
    return identity


def _one(statement):
    found = db.session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found
