"""One-time links that let a person choose a new password."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.types import Id, Moment
from ..extensions import db
from ..ids import new_id


class PasswordReset(db.Model):
    """A link's token, as SHA-256. Used or replaced ones are deleted."""

    __tablename__ = "password_resets"
    __table_args__ = (sa.Index("ix_password_resets_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[object] = mapped_column(Moment, default=now)
    expires_at: Mapped[object] = mapped_column(Moment)
