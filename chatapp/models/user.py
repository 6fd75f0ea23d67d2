"""Accounts. Users are never deleted: they are deactivated, so that what they wrote keeps its author."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.prepared import Prepared
from ..database.types import Id, Moment
from ..extensions import db
from ..ids import new_id


class User(db.Model):
    """One person's account."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(255))
    username: Mapped[str] = mapped_column(sa.String(255), unique=True)
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    password: Mapped[str] = mapped_column(sa.String(255))
    created_at: Mapped[object] = mapped_column(Moment, default=now)
    updated_at: Mapped[object] = mapped_column(Moment, default=now, onupdate=now)
    deactivated_at: Mapped[object | None] = mapped_column(Moment)


WITH_ID = Prepared(sa.select(User.__table__).where(User.__table__.c.id == sa.bindparam("id")))


def with_login(login):
    """Return the statement that finds the account with this username or address, in lower case."""
    return sa.select(User).where(sa.or_(User.username == login, User.email == login))


def exists():
    """Return the statement that tells whether there is any account."""
    return sa.select(sa.exists(sa.select(User.id)))


def matching(search, limit):
    """Return the statement for up to ``limit`` active people whose name or username contains ``search``, by name."""
    found = sa.select(User).where(User.deactivated_at.is_(None))
    if search:
        found = found.where(sa.or_(User.name.icontains(search, autoescape=True), User.username.icontains(search, autoescape=True)))
    return found.order_by(sa.func.lower(User.name), User.id).limit(limit)
