"""Statements that travel together mean what they would mean one by one, and so does the commit among them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from databases import postgresql_only
from outside import Outside

from chatapp.database import trips
from chatapp.database.prepared import Prepared
from chatapp.database.trips import ask_all, commit, run_in_turn
from chatapp.extensions import db, writing
from chatapp.ids import new_id
from chatapp.models import Group

GROUPS = Group.__table__
GIVEN = ("id", "name", "created_at", "is_primary")
ADD = Prepared(sa.insert(GROUPS).values({name: sa.bindparam(name) for name in GIVEN}).inline())
FIND = Prepared(sa.select(*(GROUPS.c[name] for name in GIVEN)).where(GROUPS.c.id == sa.bindparam("id")))
NAMED = Prepared(sa.select(GROUPS.c.id).where(GROUPS.c.name == sa.bindparam("name")))
HELD = Prepared(sa.select(GROUPS.c.id).where(GROUPS.c.id == sa.bindparam("id")).with_for_update())
FREE = Prepared(sa.select(GROUPS.c.name).where(GROUPS.c.id == sa.bindparam("id")).with_for_update(skip_locked=True))
RENAME = Prepared(sa.update(GROUPS).where(GROUPS.c.id == sa.bindparam("of_group")).values(name=sa.bindparam("new_name")))
ODD = "den; 'quoted' 100 % {0} %s \\ ü 🦜"
IN_A_TRANSACTION = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"


@pytest.fixture(autouse=True)
def inside(app):
    """Every test runs in an application context."""
    with app.app_context():
        yield


@pytest.fixture
def outside(database_url):
    return Outside(database_url)


@pytest.fixture
def sent(monkeypatch):
    """What the driver was given at once by this module, as a list that grows."""
    cursor, seen = trips.cursor_of, []

    class Counted:
        def __init__(self, real):
            self._real = real

        def execute(self, text, *values):
            seen.append(text)
            return self._real.execute(text, *values)

        def __getattr__(self, name):
            return getattr(self._real, name)

    @contextmanager
    def counted(connection):
        with cursor(connection) as real:
            yield Counted(real)

    monkeypatch.setattr(trips, "cursor_of", counted)
    return seen


def den(name="den 1", **more):
    return {"id": new_id(), "name": name, "created_at": datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC), "is_primary": False} | more


def name_of(outside, given):
    return outside.one("SELECT name FROM groups WHERE id = :id", id=str(given["id"]))


def test_what_is_run_in_turn_is_run_in_that_order():
    given = den()
    with writing() as connection:
        run_in_turn(connection, [(ADD, given), *((RENAME, {"of_group": given["id"], "new_name": f"{ODD}{number}"}) for number in range(3))])
        assert FIND.one(connection, {"id": given["id"]}).name == f"{ODD}2"


def test_rows_that_follow_one_another_keep_what_is_in_them(sent):
    many = [den(f"{ODD}{number}") for number in range(5)]
    with writing() as connection:
        run_in_turn(connection, [(ADD, given) for given in many])
        assert [FIND.one(connection, {"id": given["id"]})._asdict() for given in many] == many
    assert sum(text.count(b"INSERT") for text in sent) == len(sent), "one INSERT a trip"


def test_each_ask_gets_the_first_row_of_each_of_its_statements():
    here, there = den(ODD), den("there")
    with writing() as connection:
        run_in_turn(connection, [(ADD, here), (ADD, there)])
        asks = [
            ((FIND, NAMED), {"id": here["id"], "name": "nobody"}),
            ((NAMED,), {"name": ODD}),
            ((FIND, NAMED), {"id": new_id(), "name": "there"}),
            ((FIND, NAMED), {"id": there["id"], "name": "there"}),
            ((FIND, NAMED), {"id": new_id(), "name": "nobody"}),
        ]
        found = ask_all(connection, asks)
        assert [[row and row._asdict() for row in rows] for rows in found] == [
            [here, None],
            [{"id": here["id"]}],
            [None, {"id": there["id"]}],
            [there, {"id": there["id"]}],
            [None, None],
        ]
        assert ask_all(connection, []) == []


def test_what_comes_before_is_seen_and_travels_along(sent, outside):
    many = [den(f"den {number}") for number in range(3)]
    with writing() as connection:
        found = ask_all(connection, [((FIND,), {"id": given["id"]}) for given in many], after=[(ADD, given) for given in many])
        assert [row.name for (row,) in found] == ["den 0", "den 1", "den 2"]
    assert len(sent) == (0 if outside.lite else 1)


@postgresql_only
def test_what_somebody_else_holds_is_not_found_where_nobody_waits(outside):
    one, other = den(), den()
    with writing() as connection:
        commit(connection, [(ADD, one), (ADD, other)])
    with outside.engine.connect() as holder, writing() as connection, ThreadPoolExecutor() as beside:
        holder.execute(sa.text("SELECT 1 FROM groups WHERE id = :id FOR UPDATE"), {"id": one["id"]})
        found = ask_all(connection, [((FREE,), {"id": given["id"]}) for given in (one, other)])
        assert [row and row.name for (row,) in found] == [None, "den 1"]
        renaming = beside.submit(outside.run, "UPDATE groups SET name = 'taken' WHERE id = :id", id=str(other["id"]))
        with pytest.raises(TimeoutError):
            renaming.result(0.3)  # what was found is held
        connection.rollback()
        renaming.result(20)


def test_the_commit_is_one_and_comes_last(sent, outside):
    given = den()
    with writing() as connection:
        commit(connection, [(ADD, given), (RENAME, {"of_group": given["id"], "new_name": "renamed"})])
        assert name_of(outside, given) == "renamed"
        assert not connection.in_transaction()
    assert outside.lite or (len(sent) == 1 and sent[0].endswith(b";COMMIT"))


def test_there_may_be_nothing_left_to_run():
    with writing() as connection:
        ADD.run(connection, given := den())
        commit(connection, [])
    assert db.session.get(Group, given["id"]).name == given["name"]


def add_twice(given):
    with writing() as connection:
        ADD.run(connection, given)
        commit(connection, [(RENAME, {"of_group": given["id"], "new_name": "renamed"}), (ADD, given)])


def give_up(given):
    with writing() as connection:
        ADD.run(connection, given)
        raise KeyError


def forget(given):
    with writing() as connection:
        ADD.run(connection, given)


@pytest.mark.parametrize(("deed", "error"), [(add_twice, sa.exc.IntegrityError), (give_up, KeyError), (forget, None)])
def test_what_is_not_committed_leaves_nothing_and_holds_nothing(outside, deed, error):
    for _ in range(20):  # more than the pool has connections
        given = den()
        if error:
            with pytest.raises(error):
                deed(given)
        else:
            deed(given)
        assert outside.run("SELECT id FROM groups WHERE id = :id", id=str(given["id"])) == []
    with writing() as connection:
        commit(connection, [(ADD, given)])
    assert name_of(outside, given) == given["name"]
    assert outside.lite or outside.one(IN_A_TRANSACTION) == 0


def commit_what_failed(given):
    with writing() as connection:
        ADD.run(connection, given)
        with pytest.raises(sa.exc.DBAPIError):
            connection.exec_driver_sql("SELECT 1 / 0")
        commit(connection, [])


@postgresql_only
def test_a_transaction_that_failed_unnoticed_is_not_taken_for_committed(outside):
    given = den()
    with pytest.raises(sa.exc.DBAPIError):
        commit_what_failed(given)
    assert outside.run("SELECT id FROM groups WHERE id = :id", id=str(given["id"])) == []


@postgresql_only
def test_a_connection_that_comes_back_in_a_transaction_is_thrown_away(outside):
    with db.engine.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        connection.rollback()
        connection.connection.dbapi_connection.cursor().execute("BEGIN")
    with db.engine.connect() as other:
        assert other.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != pid
    assert outside.one(IN_A_TRANSACTION) == 0


@postgresql_only
def test_a_connection_comes_back_as_it_was(outside):
    with writing() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        commit(connection, [(ADD, den())])
    with db.engine.connect() as reader:
        assert reader.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() == pid
        assert outside.one(IN_A_TRANSACTION) == 1


@postgresql_only
def test_a_connection_that_is_cut_in_a_deed_is_told_as_away_wherever_it_is_noticed(outside):
    for _ in range(20):
        with pytest.raises(sa.exc.OperationalError):
            be_cut(outside)
    with writing() as connection:
        commit(connection, [(ADD, den())])


@postgresql_only
def test_what_was_committed_is_no_failure_when_the_connection_goes_right_after(outside):
    with writing() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        commit(connection, [(ADD, given := den())])
        outside.run(f"SELECT pg_terminate_backend({pid})")
    assert name_of(outside, given) == given["name"]
    with writing() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != pid


def be_cut(outside):
    with writing() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        outside.run(f"SELECT pg_terminate_backend({pid})")
        commit(connection, [(ADD, den())])
