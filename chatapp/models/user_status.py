"""What is known of a person's presence. Times in ``devices`` are seconds since 1970 (see rules/presence.py)."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.types import Id, Json, Moment
from ..extensions import db
from ..rules.presence import Record


class UserStatus(db.Model):
    """One row a user, made by trigger with the user. ``last_seen`` and ``updated_at`` are stamped by trigger and
    never shown to others; ``public_*`` is what others see while the person is invisible."""

    __tablename__ = "user_status"
    __table_args__ = (sa.CheckConstraint("auto_status IN ('online', 'idle', 'away', 'offline')", name="auto_status"),)

    user_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("users.id"), primary_key=True)
    manual_status: Mapped[str | None] = mapped_column(sa.Text)
    auto_status: Mapped[str] = mapped_column(sa.Text, default="offline", server_default="offline")
    invisible: Mapped[bool] = mapped_column(sa.Boolean, default=False, server_default=sa.false())
    last_seen: Mapped[object] = mapped_column(Moment, default=now)
    devices: Mapped[dict] = mapped_column(Json, default=dict, server_default=sa.text("'{}'"))
    updated_at: Mapped[object] = mapped_column(Moment, default=now)
    manual_status_expires_at: Mapped[object | None] = mapped_column(Moment)
    public_manual_status: Mapped[str | None] = mapped_column(sa.Text)
    public_manual_status_expires_at: Mapped[object | None] = mapped_column(Moment)
    public_last_seen: Mapped[object | None] = mapped_column(Moment)
    tidied_at: Mapped[object | None] = mapped_column(Moment)


RECORDED = (
    UserStatus.devices,
    UserStatus.invisible,
    UserStatus.manual_status,
    UserStatus.manual_status_expires_at,
    UserStatus.public_manual_status,
    UserStatus.public_manual_status_expires_at,
    UserStatus.public_last_seen,
)


def record(status):
    """Return a UserStatus, or a row of the RECORDED columns, as the presence rules take it."""
    return Record(
        devices=status.devices,
        invisible=status.invisible,
        manual_status=status.manual_status,
        manual_status_expires_at=_seconds(status.manual_status_expires_at),
        public_manual_status=status.public_manual_status,
        public_manual_status_expires_at=_seconds(status.public_manual_status_expires_at),
        public_last_seen=_seconds(status.public_last_seen),
    )


def _seconds(moment):
    return None if moment is None else moment.timestamp()
