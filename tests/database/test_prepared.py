"""Statements that the driver runs mean what SQLAlchemy's own would mean."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from databases import SETTINGS, close
from outside import Outside

from chatapp import create_app
from chatapp.actions.transaction import transaction
from chatapp.database.prepared import Prepared
from chatapp.extensions import db
from chatapp.ids import new_id
from chatapp.models import Group

GROUPS = Group.__table__
GIVEN = ("id", "name", "created_at", "is_primary")
ADD = Prepared(sa.insert(GROUPS).values({name: sa.bindparam(name) for name in GIVEN}).inline())
FIND = Prepared(sa.select(*(GROUPS.c[name] for name in GIVEN)).where(GROUPS.c.id == sa.bindparam("id")))
NAMED = Prepared(sa.select(GROUPS.c.name).where(GROUPS.c.name.like("den %")).order_by(GROUPS.c.name).limit(2))


@pytest.fixture(autouse=True)
def inside(app):
    """Every test runs in an application context."""
    with app.app_context():
        yield


def den(name="den 1", **more):
    return {"id": new_id(), "name": name, "created_at": datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC), "is_primary": False} | more


def test_what_goes_in_comes_out_as_the_session_reads_it():
    given = den("den; 'quoted' 100 % \\ ü 🦜")
    with transaction() as connection:
        ADD.run(connection, given)
        assert FIND.one(connection, {"id": given["id"]})._asdict() == given
        assert {name: getattr(db.session.get(Group, given["id"]), name) for name in GIVEN} == given
    assert db.session.get(Group, given["id"]).name == given["name"]


def test_several_rows_come_in_order_and_none_is_none():
    with transaction() as connection:
        for number in (3, 1, 2):
            ADD.run(connection, den(f"den {number}"))
        assert [row.name for row in NAMED.all(connection, {})] == ["den 1", "den 2"]
        assert FIND.one_or_none(connection, {"id": new_id()}) is None
        with pytest.raises(sa.exc.NoResultFound):
            FIND.one(connection, {"id": new_id()})


def test_a_value_that_is_missing_is_told():
    with transaction() as connection, pytest.raises(KeyError, match="is_primary"):
        ADD.run(connection, {name: value for name, value in den().items() if name != "is_primary"})


def twice(given):
    with transaction() as connection:
        ADD.run(connection, given)
        ADD.run(connection, given)


def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it_and_leaves_nothing():
    given = den()
    with pytest.raises(sa.exc.IntegrityError):
        twice(given)
    assert db.session.get(Group, given["id"]) is None


def ask_when_cut(outside):
    with transaction() as connection:
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        outside.run(f"SELECT pg_terminate_backend({pid})")
        FIND.one_or_none(connection, {"id": new_id()})


def test_a_connection_that_was_cut_is_not_used_again(postgresql, instance):
    with postgresql.fresh(instance) as url:
        app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)})
        with app.app_context():
            with pytest.raises(sa.exc.OperationalError):
                ask_when_cut(Outside(url))
            given = den()
            with transaction() as connection:
                ADD.run(connection, given)
            assert db.session.get(Group, given["id"]).name == given["name"]
        close(app)


def test_one_connection_that_was_cut_tells_of_all_that_lie_in_the_pool(postgresql, instance):
    """After a restart of the database one request fails, not as many as there are connections."""
    with postgresql.fresh(instance) as url:
        app = create_app({**SETTINGS, "DATABASE_URL": url, "INSTANCE": str(instance)})
        with app.app_context():
            with db.engine.connect() as one, db.engine.connect() as other:
                pids = [each.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for each in (one, other)]
            for pid in pids:
                Outside(url).run(f"SELECT pg_terminate_backend({pid})")
            with db.engine.connect() as dead, pytest.raises(sa.exc.OperationalError):
                FIND.one_or_none(dead, {"id": new_id()})
            with db.engine.connect() as one, db.engine.connect() as other:
                for each in (one, other):
                    FIND.one_or_none(each, {"id": new_id()})
        close(app)
