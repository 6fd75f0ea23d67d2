"""What there is one of: the database's epoch and the fact that it was set up."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..database.types import Big, Moment
from ..extensions import db


class Server(db.Model):
    """The one row with id 1. ``epoch`` (63 random bits) is new at creation and at restore; cursors carry it.
    ``pruned_position`` is the newest event position that may have been pruned. ``invisible_allowed``: people may be invisible."""

    __tablename__ = "server"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(Big)
    pruned_position: Mapped[int] = mapped_column(Big, default=0, server_default="0")
    set_up_at: Mapped[object | None] = mapped_column(Moment)
    invisible_allowed: Mapped[bool] = mapped_column(sa.Boolean, default=True, server_default=sa.true())
