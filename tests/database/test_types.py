"""Column types that mean the same on both databases: what is written is what is read."""

import datetime
import uuid

import pytest
import sqlalchemy as sa

from chatapp.actions.transaction import transaction
from chatapp.database.types import Big, Id, Json, Moment
from chatapp.extensions import db
from chatapp.ids import new_id, new_secret_id
from chatapp.models import Message, User, UserStatus

UTC = datetime.UTC
LISBON_SUMMER = datetime.timezone(datetime.timedelta(hours=1))
NEPAL = datetime.timezone(datetime.timedelta(hours=5, minutes=45))


@pytest.fixture
def context(app):
    """The running application."""
    with app.app_context():
        yield


@pytest.fixture
def kept(context):
    """A function that stores a value of a type and returns it as it is read in another transaction."""
    with db.engine.connect().execution_options(writing=True) as connection:

        def keep(kind, value):
            table = sa.Table("shelf", sa.MetaData(), sa.Column("thing", kind))
            table.create(connection)
            connection.execute(table.insert().values(thing=value))
            connection.commit()
            found = connection.execute(sa.select(table.c.thing).where(table.c.thing == value) if value is not None else sa.select(table.c.thing))
            (thing,) = found.scalars().all()
            table.drop(connection)
            connection.commit()
            return thing

        yield keep


@pytest.mark.parametrize(
    "moment",
    [
        datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime.datetime(2026, 7, 1, 0, 30, 0, 1, tzinfo=LISBON_SUMMER),
        datetime.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=NEPAL),
        datetime.datetime(1970, 1, 1, tzinfo=UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_as_the_same_instant_in_utc(kept, moment):
    found = kept(Moment, moment)
    assert (found, found.utcoffset(), found.tzinfo) == (moment, datetime.timedelta(0), UTC)


def test_a_moment_without_time_zone_is_refused(kept):
    with pytest.raises(sa.exc.StatementError, match="must know its time zone"):
        kept(Moment, datetime.datetime(2026, 1, 2))


@pytest.mark.parametrize("make", [new_id, new_secret_id, lambda: "00000000-0000-0000-0000-000000000000"])
def test_an_id_is_its_text(kept, make):
    value = make()
    assert kept(Id, value) == value
    assert isinstance(kept(Id, value), str)


@pytest.mark.parametrize("value", [{}, [], {"a": {"beat": 1764087845.25, "left": None, "ok": True}}, {"ünï": ["\u2028", "😀", ""]}, [1, [2]]])
def test_json_comes_back_as_it_was(context, kept, value):
    with transaction():
        user = User(name="Eva", username="eva", email="eva@example.org", password="x")
        db.session.add(user)
        db.session.flush()
        db.session.execute(sa.update(UserStatus).values(devices=value).where(UserStatus.user_id == user.id))
    assert db.session.execute(sa.select(UserStatus.devices)).scalar_one() == value


@pytest.mark.parametrize("kind", [Id, Moment, Json, Big])
def test_nothing_stays_nothing(kept, kind):
    assert kept(kind, sa.null() if kind is Json else None) is None


@pytest.mark.parametrize("number", [0, 2**31, 2**53 + 1, 2**63 - 1])
def test_a_big_number_keeps_every_digit(kept, number):
    assert kept(Big, number) == number


def test_what_the_program_writes_and_what_the_database_makes_look_alike(cast, context):
    cast.ana.say("hi", group=cast.den)
    message = db.session.execute(sa.select(Message)).scalar_one()
    assert {type(one) for one in (message.id, message.sender_id, message.group_id, message.client_id)} == {str}
    assert uuid.UUID(message.id).version == 7
    status = db.session.get(UserStatus, cast.ana.id)
    assert {one.tzinfo for one in (message.created_at, status.last_seen, status.updated_at)} == {UTC}
    assert abs(status.updated_at - message.created_at) < datetime.timedelta(minutes=1)
