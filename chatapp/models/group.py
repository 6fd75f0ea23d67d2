"""Groups of people. Exactly one is primary: everybody is in it."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.types import Id, Moment
from ..extensions import db
from ..ids import new_id


class Group(db.Model):
    """A group. A deleted one is hidden at once (``deleted_at``); its content is cleared by a job."""

    __tablename__ = "groups"
    __table_args__ = (
        sa.Index("uq_groups_primary", "is_primary", unique=True, postgresql_where=sa.text("is_primary"), sqlite_where=sa.text("is_primary = 1")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(255))
    created_at: Mapped[object] = mapped_column(Moment, default=now)
    is_primary: Mapped[bool] = mapped_column(sa.Boolean, default=False, server_default=sa.false())
    deleted_at: Mapped[object | None] = mapped_column(Moment)


def primary():
    """Return the statement that finds the primary group."""
    return sa.select(Group).where(Group.is_primary)
