"""Column types that mean the same on both databases."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Id(TypeDecorator):
    """A UUID as its 36-character lower-case text: native on PostgreSQL, CHAR(36) on SQLite."""

    impl = sa.Uuid(as_uuid=False)
    cache_ok = True

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(sa.CHAR(36) if dialect.name == "sqlite" else sa.Uuid(as_uuid=False))


class Moment(TypeDecorator):
    """An aware UTC datetime: TIMESTAMP WITH TIME ZONE on PostgreSQL, ``YYYY-MM-DD HH:MM:SS.ffffff`` UTC on SQLite."""

    impl = sa.TIMESTAMP(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must know its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value, dialect):
        if value is None or not isinstance(value, datetime):
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def as_text(moment, dialect):
    """Return an aware UTC datetime as a kind of database writes it, for values that travel as JSON; None stays None."""
    return moment and moment.isoformat(" ", "microseconds").removesuffix("+00:00") + ("" if dialect.name == "sqlite" else "+00")


Json = sa.JSON().with_variant(JSONB(), "postgresql")
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
