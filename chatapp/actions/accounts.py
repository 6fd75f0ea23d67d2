"""Register, deactivate, reactivate an account."""

import sqlalchemy as sa
from flask import current_app

from .. import access, announcements, passwords, payloads, signing_in, snapshots, uniqueness
from ..clock import now
from ..errors import Conflict, Invalid
from ..extensions import db
from ..models import Group, GroupMember, User, group_member
from ..rules import text
from ..updates import publish, to_group
from .transaction import transaction


def register(invite_id, name, username, email, password, device_name):
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
    hashed = passwords.hash_password(text.password(password, personal=(name, username, email)))
    with uniqueness.explained(), transaction():
        into = access.usable_invite(invite_id, keep=True).group_id if invite_id is not None else access.primary_group().id
        uniqueness.check(fields["username"], fields["email"])
        created = User(password=hashed, **fields)
        db.session.add(created)
        db.session.flush()
        if not db.session.get(Group, into).is_primary:
            db.session.add(GroupMember(user_id=created.id, group_id=into))
            db.session.flush()
        _announce(created.id)
        token, begun = signing_in.begin_device(created.id, device_name)
        signing_in.log.info("registered: user=%s", created.id)
        return token, signing_in.latest_end(begun), snapshots.me(created.id), snapshots.own_groups(created.id, into)[0]


def deactivate(actor_id, user_id):
    """Close an account: signed out everywhere, what it wrote stays. Server owners may.

    Publishes session.ended for each device, and user.changed. Raises NotFound, Forbidden, and Conflict for the last server owner.
    """
    with transaction():
        _hold_server(actor_id)
        closed = access.person(user_id)
        if closed.deactivated_at is None:
            _keep_a_server_owner(closed.id)
            closed.deactivated_at = now()
            signing_in.end_devices(closed.id)
            _changed(closed)
        return snapshots.people([closed.id])[0]


def reactivate(actor_id, user_id):
    """Open a closed account again. Publishes user.changed. Raises NotFound, Forbidden."""
    with transaction():
        _hold_server(actor_id)
        opened = access.person(user_id)
        if opened.deactivated_at is not None:
            opened.deactivated_at = None
            _changed(opened)
        return snapshots.people([opened.id])[0]


def _announce(user_id):
    mine = sa.select(GroupMember, Group).join(Group, Group.id == GroupMember.group_id).where(GroupMember.user_id == user_id)
    for membership, group in db.session.execute(mine.order_by(Group.is_primary.desc())).all():
        announcements.joined(group, membership)


def _hold_server(actor_id):
    access.hold_roles(access.primary_group().id)
    access.server_owner(actor_id)


def _keep_a_server_owner(user_id):
    owners = db.session.execute(group_member.active_owners(access.primary_group().id)).scalars()
    if [one.user_id for one in owners] == [user_id]:
        raise Conflict("The server keeps an owner. Make somebody else an owner of the primary group first.", code="last_owner")


def _changed(user):
    db.session.flush()
    publish("user.changed", to_group(access.primary_group().id), user=payloads.person(user))
    signing_in.log.info("account %s: user=%s", "deactivated" if user.deactivated_at else "reactivated", user.id)
