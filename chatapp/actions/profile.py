"""Change one's name, address, password."""

import secrets
from datetime import timedelta

import sqlalchemy as sa

from .. import access, announcements, passwords, payloads, signing_in, snapshots, uniqueness
from ..clock import now
from ..errors import Forbidden, NotFound
from ..extensions import db
from ..models import PasswordReset, User, user
from ..rules import text
from ..updates import publish, to_group, token_hash
from .proof import prove
from .transaction import transaction

RESET_LIFETIME = timedelta(minutes=30)


def change_profile(user_id, *, name=None, username=None, email=None):
    """Change what is given of one's profile. Publishes user.changed to everybody if it is another for them, and me.changed to
    oneself if anything is.

    Returns the person as they see themself. Raises Invalid, Conflict.
    """
    rules = {"name": text.person_name, "username": text.username, "email": text.email}
    given = {"name": name, "username": username, "email": email}
    changes = {field: rules[field](value) for field, value in given.items() if value is not None}
    with uniqueness.explained(), transaction():
        changed, status = access.held_person(user_id)
        uniqueness.check(changes.get("username"), changes.get("email"), but=user_id)
        before, differs = payloads.person(changed), any(getattr(changed, field) != value for field, value in changes.items())
        for field, value in changes.items():
            setattr(changed, field, value)
        db.session.flush()
        if payloads.person(changed) != before:
            publish("user.changed", to_group(access.primary_group().id), user=payloads.person(changed))
        if differs:
            announcements.me_changed(changed, status)
        return snapshots.me(user_id)


def change_password(user_id, device_id, current, new):
    """Choose a new password; all other devices are signed out, and this one gets another token if it is a browser.

    Publishes session.ended for each of the others and session.renewed. Returns (token, expiry), or None for an API token.
    Raises Forbidden when the current password is wrong, Throttled when it was too often, Invalid.
    """
    stored = prove(user_id, current)
    personal = _personal(db.session.get(User, user_id))
    db.session.rollback()
    hashed = passwords.hash_password(text.password(new, personal=personal, field="new_password"))
    with transaction():
        changed = db.session.get(User, user_id, with_for_update=True)
        if changed.password != stored:
            raise Forbidden("The password was changed elsewhere at this moment.", code="bad_credentials")
        changed.password = hashed
        signing_in.end_devices(user_id, keep=device_id)
        signing_in.log.info("password changed: user=%s", user_id)
        return signing_in.renew_device(device_id)


def create_reset(login):
    """Make a one-time token with which a person chooses a new password; an earlier one is void. Returns it. Raises NotFound."""
    token = secrets.token_urlsafe(32)
    with transaction():
        found = db.session.execute(user.with_login(login.strip().lower())).scalar_one_or_none()
        if found is None or found.deactivated_at is not None:
            raise NotFound("There is no active account with this name.")
        db.session.execute(sa.delete(PasswordReset).where(PasswordReset.user_id == found.id))
        db.session.add(PasswordReset(user_id=found.id, token_hash=token_hash(token), expires_at=now() + RESET_LIFETIME))
    return token


def use_reset(token, new):
    """Choose a new password by a reset's token, once; all devices are signed out. Raises NotFound, Invalid."""
    found = db.session.execute(_valid(token)).scalar_one_or_none()
    if found is None:
        raise NotFound("This link is no longer valid. Ask for a new one.")
    personal = _personal(db.session.get(User, found.user_id))
    db.session.rollback()
    hashed = passwords.hash_password(text.password(new, personal=personal, field="new_password"))
    with transaction():
        used = db.session.execute(_valid(token).with_for_update()).scalar_one_or_none()
        if used is None:
            raise NotFound("This link is no longer valid. Ask for a new one.")
        db.session.delete(used)
        db.session.get(User, used.user_id).password = hashed
        signing_in.end_devices(used.user_id)
        signing_in.log.info("password reset: user=%s", used.user_id)


def _personal(person):
    return person.name, person.username, person.email


def _valid(token):
    return sa.select(PasswordReset).where(PasswordReset.token_hash == token_hash(token), PasswordReset.expires_at > now())
