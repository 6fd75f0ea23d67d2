"""What is known of a person's presence. Times in ``devices`` are seconds since 1970 (see rules/presence.py)."""

import json
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.prepared import Prepared
from ..database.types import Id, Ids, Json, Moment, among
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
COPIED = tuple(f"public_{name}" for name in SAID)
_BESIDES = ("invisible", "public_last_seen", *SAID, *COPIED)
RECORDED = (UserStatus.devices, *(getattr(UserStatus, name) for name in _BESIDES))
_statuses = UserStatus.__table__.c
_AS_TEXT = [sa.cast(_statuses[name], sa.Text).label(name) for name in ("user_id", "devices")]  # so that rows can be compared
RECORDS = Prepared(sa.select(*_AS_TEXT, *(_statuses[name] for name in _BESIDES)).where(among(_statuses.user_id, sa.bindparam("user_ids", type_=Ids))))
_said, _copied = attrgetter(*SAID), attrgetter(*COPIED)


def record(status):
    """Return a UserStatus, or a row of the RECORDED columns, as the presence rules take it."""
    said = _as_said(*_said(status))
    return Record(status.devices, status.invisible, said, _public(status, said) if status.invisible else None, _seconds(status.public_last_seen))


def record_of(raw):
    """Return a raw row of RECORDS as the presence rules take it."""
    row = RECORDS.row(db.engine.dialect, raw)
    return record(row._replace(devices=json.loads(row.devices)))


def _public(status, said):
    text, expires, quiet, to, precision = _copied(status)
    return _as_said(text, expires, quiet, to or said.last_seen_to, precision or said.last_seen_precision)


def _as_said(text, expires, quiet, to, precision):
    return Said(text, _seconds(expires), _seconds(quiet), to, precision)


def _seconds(moment):
    return None if moment is None else moment.timestamp()
