"""Failed tries, counted in the database so that all workers count together and a restart forgives nothing."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..database.types import Moment
from ..extensions import db


class Throttle(db.Model):
    """How often something failed. ``key`` is a hash of what is throttled, so that no address is kept in the clear."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    last_failed_at: Mapped[object] = mapped_column(Moment)
