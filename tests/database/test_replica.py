"""History and search may be read from a standby, which then shows no less than the database itself."""

import contextlib
import time

import psycopg2
import pytest
from cast import Cast
from databases import SETTINGS, PostgreSQL, close
from launcher import restartable_cluster

from chatapp import create_app
from chatapp.config import BadSetting, load
from chatapp.database import replica
from chatapp.extensions import db

PATIENCE = 30
PAUSE, GO_ON = "SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"


class Standby:
    """A standby, and the application that knows it."""

    def __init__(self, cluster, app):
        self.cluster, self.app = cluster, app

    def follow(self):
        """Return when it has come so far that it answers."""
        found, until = self.app.extensions["replica"], time.monotonic() + PATIENCE
        while (connection := found.connect({})) is None:
            assert time.monotonic() < until
            found._away_until = 0  # new databases are not there at once
            time.sleep(0.02)
        connection.close()

    def run(self, statement):
        """Run a statement that is about all its databases."""
        with contextlib.closing(psycopg2.connect(self.cluster.url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture(scope="module")
def clusters():
    """A server and one that follows it."""
    with restartable_cluster() as primary, restartable_cluster(follows=primary) as standby:
        yield primary, standby


@pytest.fixture
def standby(clusters, tmp_path, instance):
    primary, second = clusters
    server = PostgreSQL(primary.url, tmp_path)
    with server.fresh(instance) as url:
        there = url.replace(str(primary.port), str(second.port))
        app = create_app({**SETTINGS, "DATABASE_URL": url, "DATABASE_URL_REPLICA": there, "INSTANCE": str(instance)})
        standby = Standby(second, app)
        with app.app_context():
            standby.follow()
        yield standby
        with app.app_context():
            db.engines["replica"].dispose()
        close(app)
    server.close()


@pytest.fixture
def answered(monkeypatch):
    """Whether the standby answered, each time that it was asked."""
    found, connect = [], replica.Replica.connect

    def noted(self, options):
        connection = connect(self, options)
        found.append(connection is not None)
        return connection

    monkeypatch.setattr(replica.Replica, "connect", noted)
    return found


def test_history_and_search_come_from_the_standby_and_show_what_was_just_said(standby, answered):
    cast = Cast(standby.app)
    for number in range(1, 31):
        cast.ana.say(f"message {number}", group=cast.den)
        history = cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"]
        assert [one["number"] for one in history] == list(range(1, number + 1))
    cast.ana.say("to you", to=cast.ben.id)
    assert [one["content"] for one in cast.ben.get(f"/api/users/{cast.ana.id}/messages")["messages"]] == ["to you"]
    assert [one["username"] for one in cast.ben.get("/api/users?search=cle")["users"]] == ["cleo"]
    assert len(answered) == 32 and sum(answered) > 10
    assert cast.dan.request("GET", f"/api/groups/{cast.den}/messages").status_code == 404


def test_a_standby_that_is_behind_does_not_answer(standby, answered):
    cast = Cast(standby.app)
    standby.run(PAUSE)
    try:
        cast.ana.say("news", group=cast.den)
        assert [one["content"] for one in cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"]] == ["news"]
        cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
        assert cast.ben.request("GET", f"/api/groups/{cast.den}/messages").status_code == 404
    finally:
        standby.run(GO_ON)
    assert answered == [False, False]


def test_a_standby_that_is_away_costs_a_moment_and_comes_back(standby, answered):
    cast = Cast(standby.app)
    cast.ana.say("news", group=cast.den)
    standby.cluster.stop()
    try:
        for _ in range(3):
            assert [one["content"] for one in cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"]] == ["news"]
    finally:
        standby.cluster.start()
    assert answered == [False, False, False]
    with standby.app.app_context():
        standby.follow()
    cast.ben.get(f"/api/groups/{cast.den}/messages")
    assert answered[-1]


def test_only_a_postgresql_has_one(instance):
    for url in ({"DATABASE_URL_REPLICA": "postgresql://x@y/z"}, {"DATABASE_URL": "postgresql://x@y/z", "DATABASE_URL_REPLICA": "sqlite:///z"}):
        with pytest.raises(BadSetting, match="DATABASE_URL_REPLICA"):
            load({"INSTANCE": str(instance), **url})
