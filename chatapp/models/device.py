"""Devices: a browser that is signed in, or an API token. Signing out ends the device; its row stays for the record."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.types import Id, Moment
from ..extensions import db
from ..ids import new_id

BROWSER, TOKEN = "browser", "token"


class Device(db.Model):
    """A session. Only the SHA-256 of its token is kept; ``address`` is where it signed in from, coarsely."""

    __tablename__ = "devices"
    __table_args__ = (sa.CheckConstraint("kind IN ('browser', 'token')", name="kind"), sa.Index("ix_devices_user_id", "user_id"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.String(255))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[object] = mapped_column(Moment, default=now)
    last_used_at: Mapped[object] = mapped_column(Moment, default=now)
    expires_at: Mapped[object] = mapped_column(Moment)
    ended_at: Mapped[object | None] = mapped_column(Moment)
    address: Mapped[str | None] = mapped_column(sa.String(64))


def alive(user_id, at):
    """Return the statement for a person's devices that are signed in at the instant ``at``, last used first."""
    return (
        sa.select(Device)
        .where(Device.user_id == user_id, Device.ended_at.is_(None), Device.expires_at > at)
        .order_by(Device.last_used_at.desc(), Device.id)
    )


def with_token(token_hash):
    """Return the statement that finds the device of a token that has not been ended."""
    return sa.select(Device).where(Device.token_hash == token_hash, Device.ended_at.is_(None))
