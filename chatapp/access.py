"""Find somebody's thing through the asker's own memberships. What the asker may not see answers exactly like what does
not exist: NotFound.

A deed that changes a group, or who is in it, holds the group first (``held_group``, ``owned_group``, ``held_invite``) and
reads memberships only then; one that writes in a group holds its author's membership (``keep``). Held is held until the
transaction ends: a right cannot go between the check and the act. Locks are taken in one order, so that nobody waits in a
circle: groups by id, memberships, invites, messages, conversations, accounts, devices, statuses."""

from dataclasses import dataclass

import sqlalchemy as sa

from . import payloads
from .clock import now
from .errors import Forbidden, NotFound
from .extensions import db
from .ids import parse_id
from .models import Direct, Group, GroupMember, Invite, Message, Server, User, UserStatus, conversation, group, group_member, invite, user


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
    return _one(_held(found, GroupMember) if keep else found)


def held_group(user_id, group_id):
    """Return a group that a person is in, held: nobody else deletes it, joins, leaves or changes a role. Raises NotFound."""
    found = hold_groups([_id(group_id)])
    membership(user_id, group_id, keep=True)  # NotFound where no group was
    return found[0]


def owned_group(user_id, group_id):
    """Return a group that a person owns, held as in ``held_group``. Raises NotFound, Forbidden."""
    found = held_group(user_id, group_id)
    if membership(user_id, group_id).role != group_member.OWNER:
        raise Forbidden("Only an owner of the group may do this.")
    return found


def hold_groups(group_ids):
    """Return those of these groups that are not deleted, each held as in ``held_group``."""
    wanted = sa.select(Group).where(Group.id.in_(group_ids), Group.deleted_at.is_(None)).order_by(Group.id)
    return db.session.execute(_held(wanted, Group)).scalars().all()


def group_for(user_id, group_id):
    """Return a group that a person is in. Raises NotFound."""
    return db.session.get(Group, membership(user_id, group_id).group_id)


def primary_group():
    """Return the group that everybody is in."""
    return db.session.execute(group.primary()).scalar_one()


def is_server_owner(user_id):
    """Tell whether a person is an owner of the primary group: these run the server."""
    role = group_member.of(user_id, primary_group().id).with_only_columns(GroupMember.role)
    return db.session.execute(role).scalar_one_or_none() == group_member.OWNER


def server_owner(user_id):
    """Raise Forbidden unless a person runs the server."""
    if not is_server_owner(user_id):
        raise Forbidden("Only the owners of the primary group may do this.")


def may_be_invisible():
    """Raise Forbidden where nobody may be invisible; that changes no more until the transaction ends."""
    if not db.session.execute(sa.select(Server.invisible_allowed).with_for_update(read=True)).scalar_one():
        raise Forbidden("Nobody may be invisible on this server.", code="invisible_forbidden")


def person(user_id, *, keep=False):
    """Return a person's account, deactivated or not. ``keep``: nobody changes it before this transaction ends. Raises NotFound."""
    found = sa.select(User).where(User.id == _id(user_id))
    return _one(_held(found, User) if keep else found)


def held_person(user_id):
    """Return (a person's account, their status), both held until the transaction ends. Whoever tells people of themselves
    holds both, in this order: what is told last is what is true."""
    account = person(user_id, keep=True)
    return account, _one(_held(sa.select(UserStatus).where(UserStatus.user_id == account.id), UserStatus))


def active_person(user_id):
    """Return an active person's account. Raises NotFound."""
    return _one(sa.select(User).where(User.id == _id(user_id), User.deactivated_at.is_(None)))


def place(user_id, *, group_id=None, partner_id=None):
    """Return the Place of a group's or a partner's conversation. Raises NotFound."""
    found = place_of(user_id, group_id=group_id, partner_id=partner_id)
    if found.group_id is not None:
        _one(group_member.IS_IN, {"user_id": user_id, "group_id": found.group_id})
    else:
        person(partner_id)
    return found


def place_of(user_id, *, group_id=None, partner_id=None):
    """Return the same without a look whether the person reaches it. Raises NotFound where that can never be."""
    if group_id is not None:
        return Place(conversation.group_key(_id(group_id)), group_id=_id(group_id))
    return Place(conversation.direct_key(user_id, _id(partner_id)), partner_id=_id(partner_id))


def way_to(user_id, place, *, wait=True):
    """Return (Prepared, values) that find the group's membership or the partner's account if the person reaches a Place. In a
    deed's transaction nobody removes the person from the group then before it ends; without ``wait`` nothing is found also when
    somebody may be about to."""
    if place.partner_id is not None:
        return user.WITH_ID, {"id": place.partner_id}
    return group_member.IS_KEPT_IN if wait else group_member.IS_FREE_IN, {"user_id": user_id, "group_id": place.group_id}


def direct(user_id, partner_id):
    """Return one's side of a direct conversation that has begun, or None."""
    return db.session.get(Direct, (user_id, partner_id))


def own_message(user_id, message_id):
    """Return a message that a person wrote, held until the transaction ends, if they can still see its conversation.

    Raises NotFound, and Forbidden when it is somebody else's.
    """
    wanted = sa.select(Message).where(Message.id == _id(message_id))
    found = _one(wanted)  # who wrote it and where never changes
    if found.group_id is not None:
        membership(user_id, found.group_id, keep=True)
    elif user_id not in (found.sender_id, found.receiver_id):
        raise NotFound
    if found.sender_id != user_id:
        raise Forbidden("Only its author may change a message.")
    return _one(_held(wanted, Message))


def usable_invite(invite_id):
    """Return an invite that is valid now, by the database's clock. Raises NotFound alike for expired, revoked, unknown."""
    return _one(invite.usable(_id(invite_id), now()))


def held_invite(invite_id, *, also=()):
    """Return (an invite that is valid now, its group), both held, and the groups ``also``. Raises NotFound as ``usable_invite``."""
    into = usable_invite(invite_id).group_id
    hold_groups({into, *also})
    return _one(_held(invite.usable(_id(invite_id), now()), Invite)), db.session.get(Group, into)


def invite_preview(invite_id):
    """Return what anyone who holds an invite's link may know of it. Raises NotFound."""
    found = usable_invite(invite_id)
    count = db.session.execute(group_member.count(found.group_id)).scalar_one()
    inviter = found.created_by and db.session.get(User, found.created_by)
    return payloads.invite_preview(found, db.session.get(Group, found.group_id), count, inviter)


def invite_of_member(user_id, invite_id):
    """Return an invite, valid or not, into a group that a person is in, both held. Raises NotFound."""
    wanted = sa.select(Invite).where(Invite.id == _id(invite_id))
    held_group(user_id, _one(wanted).group_id)
    return _one(_held(wanted, Invite))


def _id(text):
    identity = parse_id(text)
    if identity is None:
        raise NotFound
    return identity


def _held(statement, what):
    """Lock what is found, and read it as it is once nobody else holds it, whatever was read of it before."""
    return statement.with_for_update(key_share=True, of=what).execution_options(populate_existing=True)


def _one(statement, values=None):
    found = db.session.execute(statement, values).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found
