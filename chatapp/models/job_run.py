"""When each job ran last and how it ended."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..database.types import Moment
from ..extensions import db


class JobRun(db.Model):
    """The last run of one job."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    started_at: Mapped[object] = mapped_column(Moment)
    finished_at: Mapped[object | None] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    failures: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
