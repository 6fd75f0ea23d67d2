"""Behind a pooler each transaction may be on another connection: none relies on what was said on one before."""

import psycopg2
import pytest
import sqlalchemy as sa
from cast import Cast
from databases import SETTINGS, close

from chatapp import create_app
from chatapp.database.postgres import SETTINGS as EXPECTED
from chatapp.database.prepared import Prepared
from chatapp.extensions import db, one_snapshot, writing

MANY = 25  # more than there are connections to the server
PID = "SELECT pg_backend_pid()"
SETTING = Prepared(sa.select(sa.func.current_setting(sa.bindparam("name", type_=sa.Text)).label("value"), sa.func.pg_backend_pid().label("pid")))


@pytest.fixture
def direct(postgresql, instance):
    """The URL of a database whose own settings are others than ours."""
    with postgresql.fresh(instance) as url:
        with psycopg2.connect(url) as connection:
            name = connection.info.dbname
            for setting in ("synchronous_commit = off", "timezone = 'Asia/Kathmandu'", "statement_timeout = '1h'"):
                connection.cursor().execute(f"ALTER DATABASE {name} SET {setting}")
        connection.close()
        yield url
        with psycopg2.connect(url) as connection:
            connection.cursor().execute(f"ALTER DATABASE {name} RESET ALL")
        connection.close()


@pytest.fixture
def app(direct, pooler, instance):
    """The application behind a pooler."""
    with pooler(direct) as url:
        made = create_app({**SETTINGS, "DATABASE_URL": url, "DATABASE_URL_DIRECT": direct, "INSTANCE": str(instance)})
        with made.app_context():
            yield made
        close(made)


def readers():
    with db.engine.connect() as connection:
        yield from (connection for _ in range(MANY))


def deeds():
    for _ in range(MANY):
        with writing() as connection:
            yield connection


def snapshots():
    for _ in range(MANY):
        with one_snapshot():
            yield db.session.connection()


@pytest.mark.parametrize("ways", [readers, deeds, snapshots])
def test_each_transaction_brings_its_settings_along_to_whichever_connection(app, ways):
    with writing(), writing(), writing():  # at once: from now on the pooler has three, and hands them out in turn
        seen = set()
    for connection in ways():
        assert {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in EXPECTED} == EXPECTED
        seen.add(connection.exec_driver_sql(PID).scalar_one())
        if ways is readers:
            connection.rollback()
    assert len(seen) > 1


def test_a_question_brings_them_too(app):
    with writing(), writing(), writing():
        seen = set()
    for _ in range(MANY):
        with db.engine.connect() as connection:
            assert {name: SETTING.one(connection, {"name": name}).value for name in EXPECTED} == EXPECTED
            seen.add(SETTING.one(connection, {"name": "timezone"}).pid)
    assert len(seen) > 1


def test_a_snapshot_reads_one_instant_and_cannot_write(app):
    with one_snapshot():
        assert db.session.execute(sa.text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
        with pytest.raises(sa.exc.DBAPIError, match="read-only"):
            db.session.execute(sa.text("DELETE FROM events"))


def test_people_talk_and_hear_of_it(app):
    cast = Cast(app)
    cursor = cast.ben.cursor()
    said = [cast.ana.say(f"message {number}", group=cast.den)["number"] for number in range(MANY)]
    assert said == list(range(1, MANY + 1))
    heard = [event["data"]["message"]["number"] for event in cast.ben.updates(cursor)["events"] if event["kind"] == "message.sent"]
    assert heard == said
    history = cast.ben.get(f"/api/groups/{cast.den}/messages?limit=50")["messages"]
    assert sorted(one["number"] for one in history) == said
