"""What is known of a person's presence. Times in ``devices`` are seconds since 1970 (see rules/presence.py)."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.types import Id, Json, Moment
from ..extensions import db
from ..rules.last_seen import EVERYONE, EXACT
from ..rules.presence import Record, Said


def _where(condition):
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


class UserStatus(db.Model):
    """One row a user, made by trigger with the user. ``last_seen`` and ``updated_at`` are stamped by trigger and
    never shown to others; ``public_*`` is what others see while the person is invisible. ``decays_at``: when the cached
    auto_status is to be looked at again."""

    __tablename__ = "user_status"
    __table_args__ = (
        sa.CheckConstraint("auto_status IN ('online', 'idle', 'away', 'offline')", name="auto_status"),
        sa.CheckConstraint("last_seen_to IN ('nobody', 'groups', 'everyone')", name="last_seen_to"),
        sa.CheckConstraint("last_seen_precision IN ('exact', 'hour', 'day')", name="last_seen_precision"),
        sa.CheckConstraint("public_last_seen_to IN ('nobody', 'groups', 'everyone')", name="public_last_seen_to"),
        sa.CheckConstraint("public_last_seen_precision IN ('exact', 'hour', 'day')", name="public_last_seen_precision"),
        sa.Index("ix_user_status_decays_at", "decays_at", **_where("decays_at IS NOT NULL")),
        sa.Index("ix_user_status_undated", "user_id", **_where("decays_at IS NULL AND auto_status <> 'offline'")),
    )

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
    do_not_disturb_until: Mapped[object | None] = mapped_column(Moment)
    public_do_not_disturb_until: Mapped[object | None] = mapped_column(Moment)
    decays_at: Mapped[object | None] = mapped_column(Moment)
    last_seen_to: Mapped[str] = mapped_column(sa.Text, default=EVERYONE, server_default=EVERYONE)
    public_last_seen_to: Mapped[str | None] = mapped_column(sa.Text)
    last_seen_precision: Mapped[str] = mapped_column(sa.Text, default=EXACT, server_default=EXACT)
    public_last_seen_precision: Mapped[str | None] = mapped_column(sa.Text)


# What a person says of themself. While they are invisible others see the copy under "public_…", as it was when they turned.
SAID = ("manual_status", "manual_status_expires_at", "do_not_disturb_until", "last_seen_to", "last_seen_precision")
RECORDED = tuple(getattr(UserStatus, name) for name in ("devices", "invisible", "public_last_seen", *SAID, *(f"public_{name}" for name in SAID)))


def record(status):
    """Return a UserStatus, or a row of the RECORDED columns, as the presence rules take it."""
    return Record(
        devices=status.devices,
        invisible=status.invisible,
        said=_said(status),
        public=_said(status, "public_") if status.invisible else None,
        public_last_seen=_seconds(status.public_last_seen),
    )


def _said(status, copy=""):
    return Said(
        manual_status=getattr(status, copy + "manual_status"),
        manual_status_expires_at=_seconds(getattr(status, copy + "manual_status_expires_at")),
        do_not_disturb_until=_seconds(getattr(status, copy + "do_not_disturb_until")),
        last_seen_to=getattr(status, copy + "last_seen_to") or status.last_seen_to,
        last_seen_precision=getattr(status, copy + "last_seen_precision") or status.last_seen_precision,
    )


def _seconds(moment):
    return None if moment is None else moment.timestamp()
