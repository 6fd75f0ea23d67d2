"""The log that clients follow: one row for each thing that happened, written in the transaction that made it happen."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.types import Big, Id, Moment
from ..extensions import db


class Event(db.Model):
    """An event. Its audience is a group's members and up to two people; ``body`` is the JSON text that clients get."""

    __tablename__ = "events"
    __table_args__ = (
        sa.Index("ix_events_group_id_position", "group_id", "position"),
        sa.Index("ix_events_user_id_position", "user_id", "position"),
        sa.Index("ix_events_other_user_id_position", "other_user_id", "position"),
        sa.Index("ix_events_message_id", "message_id"),
        sa.Index("ix_events_created_at", "created_at"),
        {"sqlite_autoincrement": True},  # without it SQLite gives the number of a deleted newest row again
    )

    position: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    group_id: Mapped[str | None] = mapped_column(Id)
    user_id: Mapped[str | None] = mapped_column(Id)
    other_user_id: Mapped[str | None] = mapped_column(Id)
    message_id: Mapped[str | None] = mapped_column(Id)
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[object] = mapped_column(Moment, default=now)
