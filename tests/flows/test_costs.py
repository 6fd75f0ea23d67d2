"""What things cost, in counts that are the same on every machine: they may fall, and somebody must mean it when they rise."""

import gc
import json
import os
import subprocess
import sys
import tracemalloc
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from databases import postgresql_only
from werkzeug.test import EnvironBuilder

from bench import town as bench_town
from chatapp import access
from chatapp.actions import messages
from chatapp.clock import now
from chatapp.database import postgres, prepared, trips
from chatapp.extensions import db
from chatapp.ids import new_id
from chatapp.presence import merging
from chatapp.updates.rights import Asker
from chatapp.updates.waiters import Waiter

POLLS = 200
PEOPLE, BEATING = 10_000, 500  # so many that a plan for few would be another one
ROOT = Path(__file__).parents[2]
ONLY_FOR_OTHERS = {"alembic", "flask_migrate", "psycopg2", "chatapp.backups", "chatapp.cli.commands"}


class Statements(list):
    """What an application sends to its database, by SQLAlchemy and by Prepared statements, the latter in parts where they travel together."""

    def __init__(self, app, monkeypatch):
        super().__init__()
        cursor = prepared.cursor_of

        @contextmanager
        def counted(connection):
            with cursor(connection) as real:
                yield Counted(real, self)

        for module in (prepared, trips, postgres):
            monkeypatch.setattr(module, "cursor_of", counted)
        with app.app_context():
            for engine in db.engines.values():
                sa.event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, text, *_: self.append(text))

    def of(self, deed, *arguments, **named):
        """Return how many are sent for a deed."""
        self.clear()
        deed(*arguments, **named)
        return len(self)


class Counted:
    """A driver's cursor that notes what it is given."""

    def __init__(self, real, seen):
        self._real, self._seen = real, seen

    def execute(self, text, *values):
        self._seen.append(text)
        return self._real.execute(text, *values)

    def __getattr__(self, name):
        return getattr(self._real, name)


@pytest.fixture
def statements(app, monkeypatch):
    return Statements(app, monkeypatch)


@pytest.fixture
def lite(database_url):
    return database_url.startswith("sqlite")


def test_a_poll_asks_the_database_nothing(cast, statements):
    cursor = cast.ben.cursor()
    cast.ben.updates(cursor)
    assert statements.of(cast.ben.get, f"/api/updates?since={cursor}") == 0
    cast.ana.say("news", group=cast.den)
    cast.ana.app.extensions["feed"].look()
    found = []
    assert statements.of(lambda: found.append(cast.ben.get(f"/api/updates?since={cursor}"))) == 0
    assert [event["kind"] for event in found[0]["events"]] == ["message.sent"]


def test_a_look_takes_one_statement_however_much_is_new(app, cast, statements):
    app.extensions["feed"].look()
    for _ in range(20):
        cast.ana.say("news", group=cast.den)
    assert statements.of(app.extensions["feed"].look) == 1


def test_a_message_takes_few_statements(cast, statements, lite):
    cast.ana.say("first", group=cast.den)
    assert statements.of(cast.ana.say, "second", group=cast.den) <= (6 if lite else 4), list(statements)
    cast.ana.say("first", to=cast.dan.id)
    assert statements.of(cast.ana.say, "second", to=cast.dan.id) <= (6 if lite else 4), list(statements)


@postgresql_only
def test_many_messages_that_meet_take_as_many_ways_to_the_database_as_one(app, cast, statements):
    place = access.place_of(cast.ana.id, group_id=cast.den)
    with app.app_context():
        for many in (1, 30):
            drafts = [messages.Draft(cast.ana.id, new_id(), "hello", place) for _ in range(many)]
            assert statements.of(messages._send_all, drafts) <= 4, list(statements)


def test_what_an_open_page_reads_takes_as_many_statements_for_much_as_for_little(cast, statements, lite):
    paths = ("/api/state", f"/api/groups/{cast.den}/messages?limit=50", f"/api/groups/{cast.den}/members")
    cast.ana.say("hello", group=cast.den)
    for path in paths:
        cast.ana.get(path)
    little = [statements.of(cast.ana.get, path) for path in paths]
    for number in range(8):
        group = cast.group(f"group {number}", cast.ana, cast.ben)
        cast.ana.say("hello", group=group)
        cast.ben.say("hello", group=cast.den)
        cast.ana.say("hello", to=(cast.ben, cast.cleo, cast.dan)[number % 3].id)
    much = [statements.of(cast.ana.get, path) for path in paths]
    assert much == little
    begin = 0 if lite else 1  # where it is a statement like others
    assert all(count <= begin + most for count, most in zip(much, (9, 3, 4), strict=True)), much


@postgresql_only
def test_the_beats_of_many_read_each_device_once_however_many_there_are(app, database_url, instance):
    people = bench_town.build(database_url, instance, PEOPLE)[:BEATING]
    feed = app.extensions["feed"]
    with app.app_context():
        asked = [feed.asker(person.token) for person in people]
        beats = {one.user_id: {f"{one.device_id}:page": {"beat": 1.0, "promised": 60}} for one in asked}
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {merging.PG_MERGE}"
        heard = {user_id: {"pages": pages, "until": "2100-01-01 00:00:00+00"} for user_id, pages in beats.items()}
        ((((plan,),),),) = [db.session.execute(sa.text(explain), {"beats": json.dumps(heard), "most": 8, "now": now()}).all()]
        db.session.rollback()
    read = sum(rows_of(node) for node in nodes(plan["Plan"]) if node.get("Relation Name") == "devices")
    assert 0 < read <= 2 * BEATING, read


def nodes(plan):
    """Yield a plan's nodes."""
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)


def rows_of(node):
    """Return how many rows a node looked at."""
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


def test_a_heartbeat_writes_nothing_by_itself(cast, statements):
    page = {"device": "p" * 22, "active": True, "visible": True}
    cast.ana.post("/api/heartbeat", page, 200)
    statements.of(cast.ana.post, "/api/heartbeat", page, 200)
    assert [text for text in statements if not text.lstrip().upper().startswith("SELECT")] == []


def test_an_event_is_little_more_than_what_it_tells(cast):
    cursor = cast.ben.cursor()
    cast.ana.say("x" * 100, group=cast.den)
    cast.ben.updates(cursor)
    body = len(cast.ben.request("GET", f"/api/updates?since={cursor}").data)
    assert body <= 100 + 480, body


def test_a_message_wakes_those_who_get_it_once_each_and_nobody_else(app, cast, monkeypatch):
    feed, woken = app.extensions["feed"], []
    monkeypatch.setattr(Waiter, "wake", lambda self: woken.append(self))
    feed.look()
    keys = {one: feed.keys(one.id) for one in (cast.ben, cast.cleo, cast.dan)}
    with feed.lock:
        inside = [feed.waiters.add(keys[one], Asker(one.id, str(device), 0)) for one in (cast.ben, cast.cleo) for device in range(3)]
        outside = [feed.waiters.add(keys[cast.dan], Asker(cast.dan.id, str(device), 0)) for device in range(5)]
    cast.ana.say("hello", group=cast.den)
    feed.look()
    assert sorted(map(id, woken)) == sorted(map(id, inside)) and not set(woken) & set(outside)


def test_an_idle_poll_allocates_little_and_keeps_nothing(app, cast):
    cursor = cast.ben.cursor()
    environ = idle_poll(app, cast.ben, cursor)
    for _ in range(POLLS):
        ask(app, environ)
    gc.collect()
    tracemalloc.start()
    try:
        ask(app, environ)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        ask(app, environ)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    gc.collect()
    blocks = sys.getallocatedblocks()
    for _ in range(POLLS):
        ask(app, environ)
    gc.collect()
    assert peak <= 4_000, peak
    assert sys.getallocatedblocks() - blocks < POLLS / 4, "what a poll took it did not give back"


def idle_poll(app, person, cursor):
    path = f"/api/updates?since={cursor}&device={uuid.uuid4()}"
    return EnvironBuilder(path=path, headers={"Authorization": f"Bearer {person.token}"}).get_environ()


def ask(app, environ):
    said = []
    assert b'"events":[]' in b"".join(app.wsgi_app(dict(environ), lambda status, headers: said.append(status)))
    assert said == ["200 OK"]


def test_a_server_on_sqlite_loads_nothing_that_only_commands_or_postgresql_need(instance):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"INSTANCE": str(instance)}
    script = "import sys, wsgi; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "chatapp.application" in loaded.split()
    assert ONLY_FOR_OTHERS & set(loaded.split()) == set()
