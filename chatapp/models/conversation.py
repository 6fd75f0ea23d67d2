"""Conversations: each numbers its messages 1, 2, 3 … in the order of commits. The counter is moved by trigger."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..database.types import Big
from ..extensions import db


class Conversation(db.Model):
    """The newest number of one conversation, named by its key."""

    __tablename__ = "conversations"

    key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    last_number: Mapped[int] = mapped_column(Big, default=0, server_default="0")


def group_key(group_id):
    """Return the key of a group's conversation."""
    return f"group:{group_id}"


def direct_key(user_id, partner_id):
    """Return the key of the conversation of two people, the same from both sides (or of one with themself)."""
    return f"direct:{min(user_id, partner_id)}:{max(user_id, partner_id)}"


def last_number(key):
    """Return the statement for a conversation's newest number; no row means 0."""
    return sa.select(Conversation.last_number).where(Conversation.key == key)
