"""Usernames and addresses belong to one person each; who was second is told which one is taken."""

from contextlib import contextmanager

import sqlalchemy as sa

from .errors import Conflict
from .extensions import db
from .models import User

TAKEN = {
    "username": "This username is taken. Choose another one.",
    "email": "There is an account with this address already. Sign in instead.",
}


def check(username=None, email=None, but=None):
    """Raise Conflict when the username or the address is somebody's, other than of the person ``but``."""
    taken = {}
    for field, column, value in (("username", User.username, username), ("email", User.email, email)):
        found = sa.select(User.id).where(column == value, User.id != but) if but else sa.select(User.id).where(column == value)
        if value is not None and db.session.execute(found).first():
            taken[field] = TAKEN[field]
    if taken:
        raise _conflict(taken)


@contextmanager
def explained():
    """Turn the database's refusal of a second one, made at the same instant, into the same Conflict."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        named = [field for field in TAKEN if _refused(error).endswith(field)]
        if not named:
            raise
        raise _conflict({field: TAKEN[field] for field in named}) from None


def _refused(error):
    """Return what refused it: "users.email" or "uq_users_email", never a value that somebody chose."""
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return constraint or str(error.orig)


def _conflict(taken):
    field = next(iter(taken))
    return Conflict(taken[field], code=f"{field}_taken", errors=taken)
