"""Register, deactivate, reactivate an account."""

import sqlalchemy as sa
from flask import current_app

from .. import access, announcements, passwords, payloads, signing_in, snapshots, uniqueness
from ..clock import now
from ..errors import Conflict, Invalid
from ..extensions import db
from ..ids import parse_id
from ..models import Group, GroupMember, User, group_member
from ..rules import text
from ..updates import publish, to_group
from .transaction import transaction


def register(invite_id, name, username, email, password, device):
    """Make an account through an invite (None where registration is open), in its group and signed in.

    Publishes member.added and group.joined for each group. Returns (token, expiry, me, the group). Raises NotFound for an
    invite that is not valid now, Conflict for a name that is taken, Invalid.
    """
    if invite_id is not None:
        access.usable_invite(invite_id)
    elif current_app.config["OPEN_REGISTRATION"] != "on":
        raise Invalid(errors={"invite": "Registration takes an invite. Ask somebody who is here for a link."})
    elif not access.has_accounts():  # the first account is its owner's, who holds the set-up link
        raise Conflict("This server is not set up yet.", code="not_set_up")
    fields = {"name": text.person_name(name), "username": text.username(username), "email": text.email(email)}
    db.session.rollback()  # hashing takes its time: no connection waits for it
    hashed = passwords.hash_password(text.password(password, personal=(name, username, email)))
    with uniqueness.explained(), transaction():
        into = _hold_way_in(invite_id)
        uniqueness.check(fields["username"], fields["email"])
        created = User(password=hashed, **fields)
        db.session.add(created)
        db.session.flush()
        if not into.is_primary:
            db.session.add(GroupMember(user_id=created.id, group_id=into.id))
            db.session.flush()
        _announce(created.id)
        token, begun = signing_in.begin_device(created.id, *device)
        signing_in.log.info("registered: user=%s", created.id)
        return token, signing_in.latest_end(begun), snapshots.me(created.id), snapshots.own_groups(created.id, into.id)[0]


def deactivate(actor_id, user_id):
    """Close an account: signed out everywhere, what it wrote stays. Server owners may. Where it was the only active owner
    of a group, the active member who is in it longest becomes one.

    Publishes member.changed for each new owner, session.ended for each device, and user.changed. Raises NotFound, Forbidden,
    and Conflict for the last server owner.
    """
    user_id = parse_id(user_id)
    with transaction():
        _hold_server(actor_id, user_id)
        _keep_a_server_owner(user_id)
        _hand_over(user_id)
        closed = access.person(user_id, keep=True)
        if closed.deactivated_at is None:
            closed.deactivated_at = now()
            signing_in.end_devices(closed.id)
            _changed(closed)
        return snapshots.people([closed.id], actor_id)[0]


def reactivate(actor_id, user_id):
    """Open a closed account again. Publishes user.changed. Raises NotFound, Forbidden."""
    with transaction():
        _hold_server(actor_id)
        opened = access.person(user_id, keep=True)
        if opened.deactivated_at is not None:
            opened.deactivated_at = None
            _changed(opened)
        return snapshots.people([opened.id], actor_id)[0]


def _announce(user_id):
    mine = sa.select(GroupMember, Group).join(Group, Group.id == GroupMember.group_id).where(GroupMember.user_id == user_id)
    for membership, group in db.session.execute(mine.order_by(Group.is_primary.desc())).all():
        announcements.joined(group, membership)


def _hold_way_in(invite_id):
    """Return the group that a newcomer comes into, held, and the primary group with it."""
    primary = access.primary_group().id
    if invite_id is None:
        return access.hold_groups([primary])[0]
    _, into = access.held_invite(invite_id, also=[primary])
    return into


def _hold_server(actor_id, user_id=None):
    """Hold the primary group and those that a person is in. Raises Forbidden unless the actor runs the server."""
    theirs = db.session.execute(group_member.groups_of(user_id)).scalars()
    access.hold_groups({access.primary_group().id, *theirs})
    access.server_owner(actor_id)


def _keep_a_server_owner(user_id):
    owners = db.session.execute(group_member.active_owners(access.primary_group().id)).scalars()
    if [one.user_id for one in owners] == [user_id]:
        raise Conflict("The server keeps an owner. Make somebody else an owner of the primary group first.", code="last_owner")


def _hand_over(user_id):
    """Make somebody else an owner of each group that has no other active one: who is in it longest, as ids tell."""
    owned = sa.select(GroupMember.group_id).where(GroupMember.user_id == user_id, GroupMember.role == group_member.OWNER)
    for group_id in db.session.execute(owned.order_by(GroupMember.group_id)).scalars().all():
        others = group_member.active(group_id).where(GroupMember.user_id != user_id).order_by(GroupMember.id)
        heir = db.session.execute(others.limit(1)).scalar_one_or_none()
        if heir is not None and not db.session.execute(others.where(GroupMember.role == group_member.OWNER)).first():
            heir.role = group_member.OWNER
            publish("member.changed", to_group(group_id), member=payloads.member(heir))
    db.session.flush()


def _changed(user):
    db.session.flush()
    publish("user.changed", to_group(access.primary_group().id), user=payloads.person(user))
    signing_in.log.info("account %s: user=%s", "deactivated" if user.deactivated_at else "reactivated", user.id)
