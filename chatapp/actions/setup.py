"""The first account."""

import hmac

import sqlalchemy as sa
from flask import current_app

from .. import access, passwords, signing_in, snapshots
from ..clock import now
from ..errors import Conflict, Forbidden
from ..extensions import db
from ..models import GroupMember, Server, User
from ..rules import text
from .transaction import transaction


def set_up(token, name, username, email, password, device):
    """Make the first account, owner of the primary group, and sign it in. One row decides who was first.

    Returns (token, expiry, the person as they see themself). Raises Forbidden for a wrong token, Conflict once it was
    done, Invalid.
    """
    if access.has_accounts():
        raise _done()
    if not hmac.compare_digest(signing_in.setup_token(current_app.config["SECRET_KEY"]).encode(), token.encode()):
        raise Forbidden("This set-up link is not right. `flask setup-link` prints the current one.", code="bad_token")
    fields = {"name": text.person_name(name), "username": text.username(username), "email": text.email(email)}
    db.session.rollback()  # hashing takes its time: no connection waits for it
    hashed = passwords.hash_password(text.password(password, personal=(name, username, email)))
    with transaction():
        first = sa.update(Server).where(Server.id == 1, Server.set_up_at.is_(None)).values(set_up_at=now())
        if db.session.execute(first).rowcount == 0 or access.has_accounts():
            raise _done()
        created = User(password=hashed, **fields)
        db.session.add(created)
        db.session.flush()
        own = sa.update(GroupMember).where(GroupMember.user_id == created.id, GroupMember.group_id == access.primary_group().id)
        db.session.execute(own.values(role="owner"))
        device_token, begun = signing_in.begin_device(created.id, *device)
        return device_token, signing_in.latest_end(begun), snapshots.me(created.id)


def _done():
    return Conflict("This server was set up already. Sign in, or ask for an invite.", code="setup_done")
