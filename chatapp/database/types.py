"""Types and conditions that mean the same on both databases."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
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


class Ids(TypeDecorator):
    """A list of ids as the one value of a parameter: an array on PostgreSQL, JSON text on SQLite."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return json.dumps(value) if dialect.name == "sqlite" else value


class among(FunctionElement):  # noqa: N801 (written like a function of SQL)
    """Whether an Id is one of Ids: ``among(column, sa.bindparam(name, type_=Ids))``. The statement's text does not depend on how
    many they are, so that it can be Prepared. It has no type: of a Boolean SQLAlchemy would ask SQLite whether it is 1, and no
    index answers that."""

    inherit_cache = True


@compiles(among)
def _in_array(element, compiler, **more):
    one, many = (compiler.process(part, **more) for part in element.clauses)
    return f"{one} = ANY (CAST({many} AS uuid[]))"


@compiles(among, "sqlite")
def _in_json(element, compiler, **more):
    one, many = (compiler.process(part, **more) for part in element.clauses)
    return f"{one} IN (SELECT value FROM json_each({many}))"


def as_text(moment, dialect):
    """Return an aware UTC datetime as a kind of database writes it, for values that travel as JSON; None stays None."""
    return moment and moment.isoformat(" ", "microseconds").removesuffix("+00:00") + ("" if dialect.name == "sqlite" else "+00")


Json = sa.JSON().with_variant(JSONB(), "postgresql")
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
