"""Messages, to a group or to a person."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.prepared import Prepared
from ..database.types import Big, Id, Moment
from ..extensions import db
from ..ids import new_id


class Message(db.Model):
    """A message. ``conversation`` and ``number`` are always assigned by trigger; a deleted one stays as a tombstone."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.CheckConstraint("(receiver_id IS NULL) <> (group_id IS NULL)", name="one_target"),
        sa.UniqueConstraint("conversation", "number"),
        sa.UniqueConstraint("sender_id", "client_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    content: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[object] = mapped_column(Moment, default=now)
    sender_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("users.id"))
    receiver_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("users.id"))
    group_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("groups.id"))
    conversation: Mapped[str | None] = mapped_column(sa.String(80))
    number: Mapped[int | None] = mapped_column(Big)
    client_id: Mapped[str | None] = mapped_column(Id)
    body_hash: Mapped[str | None] = mapped_column(sa.String(64))
    edited_at: Mapped[object | None] = mapped_column(Moment)
    deleted_at: Mapped[object | None] = mapped_column(Moment)


_messages = Message.__table__
_GIVEN = ("id", "content", "created_at", "sender_id", "receiver_id", "group_id", "client_id", "body_hash")
SENT_AS = Prepared(sa.select(_messages).where(_messages.c.sender_id == sa.bindparam("sender_id"), _messages.c.client_id == sa.bindparam("client_id")))
STORE = Prepared(sa.insert(_messages).values({name: sa.bindparam(name) for name in _GIVEN}).inline())
STORED = Prepared(sa.select(_messages).where(_messages.c.id == sa.bindparam("id")))


def before(key, number, limit):
    """Return the statement for the ``limit`` messages below ``number`` (None: the newest), newest first."""
    page = sa.select(Message).where(Message.conversation == key)
    if number is not None:
        page = page.where(Message.number < number)
    return page.order_by(Message.number.desc()).limit(limit)


def after(key, number, limit):
    """Return the statement for the ``limit`` messages above ``number``, oldest first."""
    return sa.select(Message).where(Message.conversation == key, Message.number > number).order_by(Message.number).limit(limit)
