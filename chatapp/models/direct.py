"""Direct conversations as each side has them. Rows are made by trigger with the first message."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..database.prepared import Prepared
from ..database.types import Big, Id
from ..extensions import db


class Direct(db.Model):
    """One person's side of the conversation with a partner, and how far they have read."""

    __tablename__ = "directs"
    __table_args__ = (sa.Index("ix_directs_partner_id", "partner_id"),)

    user_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("users.id"), primary_key=True)
    partner_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("users.id"), primary_key=True)
    conversation: Mapped[str] = mapped_column(sa.String(80))
    read_mark: Mapped[int] = mapped_column(Big, default=0, server_default="0")


_directs = Direct.__table__
MOVE_MARK = Prepared(
    sa.update(_directs)
    .where(_directs.c.user_id == sa.bindparam("of_user"), _directs.c.partner_id == sa.bindparam("of_partner"))
    .values(read_mark=sa.bindparam("mark"))
)
