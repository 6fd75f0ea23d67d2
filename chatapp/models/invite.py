"""Invites: a link that lets people into a group until it expires or is revoked. The id is the secret."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.types import Id, Moment
from ..extensions import db
from ..ids import new_secret_id
from .group import Group


class Invite(db.Model):
    """An invite into a group. A revoked one is deleted."""

    __tablename__ = "group_invites"
    __table_args__ = (sa.Index("ix_group_invites_group_id", "group_id"), sa.Index("ix_group_invites_expires_at", "expires_at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_secret_id)
    group_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("groups.id", ondelete="CASCADE"))
    created_at: Mapped[object] = mapped_column(Moment, default=now)
    expires_at: Mapped[object] = mapped_column(Moment)
    created_by: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("users.id"))


def usable(invite_id, at):
    """Return the statement that finds an invite that is valid at the instant ``at``: until, not including, its expiry."""
    return (
        sa.select(Invite).join(Group, Group.id == Invite.group_id).where(Invite.id == invite_id, Invite.expires_at > at, Group.deleted_at.is_(None))
    )


def usable_of(group_id, at):
    """Return the statement for a group's valid invites, newest first."""
    return sa.select(Invite).where(Invite.group_id == group_id, Invite.expires_at > at).order_by(Invite.created_at.desc(), Invite.id)
