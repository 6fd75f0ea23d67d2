"""What presence costs, in counts that are the same on every machine."""

import pytest
import sqlalchemy as sa
from cast import Person
from signs import beat, statements

from bench import town as bench_town
from chatapp.actions import presence
from chatapp.actions.transaction import transaction
from chatapp.clock import from_seconds, now, seconds
from chatapp.extensions import db
from chatapp.models import Device, Event, UserStatus
from chatapp.models.user_status import RECORDS
from chatapp.presence import shown
from chatapp.updates.rights import Asker
from chatapp.updates.waiters import Waiter

PEOPLE, ROOM = 2_010, 201  # so many that a plan for few would be another one; one more than are told
MOST_STEPS = 100  # of SQLite's machine, to find that nobody is due
ON_SCREEN = 50


@pytest.fixture
def town(app, database_url, instance):
    """Returns many people in large groups, all of whom this worker can answer."""
    people = bench_town.build(database_url, instance, PEOPLE, ROOM)
    app.extensions["feed"].look()
    with app.app_context():
        devices = dict(db.session.execute(sa.select(Device.user_id, Device.id)).all())
        if db.engine.dialect.name == "postgresql":
            with db.engine.begin() as connection:
                connection.execute(sa.text("ANALYZE"))
    return [Person(app, one.id, one.token, devices[one.id]) for one in people]


@pytest.fixture
def here(app, town):
    """A function that lets so many people be here who are to be looked at now, with an input so many seconds ago."""

    def come(count, typed):
        at = seconds()
        with app.app_context(), transaction():
            for one in town[:count]:
                page = {"beat": at, "promised": 25, "input": at - typed}
                noted = {"devices": {f"{one.device_id}:page": page}, "auto_status": "online", "decays_at": from_seconds(at)}
                db.session.execute(sa.update(UserStatus).where(UserStatus.user_id == one.id).values(noted))

    return come


def swept(app):
    """Return (how many changed, the statements it took) of a look at who is to be lowered."""
    with statements(app) as run, app.app_context():
        return presence.decay_presence(), run


def test_a_look_at_which_nobody_is_due_is_one_statement_that_reads_no_row(app, town, here, later):
    here(PEOPLE // 10, typed=0)
    swept(app)
    assert swept(app) == (0, [swept(app)[1][0]])
    with app.app_context():
        assert work_of(presence._due(now())) <= MOST_STEPS
        later(600)
        assert work_of(presence._due(now())) >= PEOPLE // 10, "who is due is read"


@pytest.mark.parametrize(("typed", "changes"), [(0, False), (400, True)])
def test_a_look_takes_as_many_statements_for_many_as_for_few(app, here, later, typed, changes):
    taken = []
    for count in (3, ROOM - 1):
        here(count, typed)
        changed, run = swept(app)
        assert changed == count * changes
        taken.append([one.split()[0] for one in run])
    assert taken[0] == taken[1]
    assert len(taken[0]) <= 8


def test_tidying_takes_as_many_statements_for_many_as_for_few(app, here, later):
    taken = []
    for count in (3, ROOM - 1):
        here(count, typed=400)
        later(70)
        assert swept(app)[0] == count
        later(500)  # nothing of these pages may be asked any more
        with statements(app) as run, app.app_context():
            assert presence.tidy_statuses() == count
        taken.append([one.split()[0] for one in run])
    assert taken[0] == taken[1]
    assert len(taken[0]) <= 5


def test_whoever_beats_on_is_looked_at_again_when_that_may_end_and_whoever_was_dated_meanwhile_is_left_alone(app, town, here, later, monkeypatch):
    here(3, typed=0)
    sooner, look = from_seconds(seconds() + 7), presence.shown.look_again_later

    def after_another(rows):
        db.session.execute(sa.update(UserStatus).where(UserStatus.user_id == town[0].id).values(decays_at=sooner))
        look(rows)

    monkeypatch.setattr(presence.shown, "look_again_later", after_another)
    before = stamps(app, town[1])
    assert swept(app)[0] == 0
    with app.app_context():
        dates = dict(db.session.execute(sa.select(UserStatus.user_id, UserStatus.decays_at).where(UserStatus.decays_at.is_not(None))).all())
    assert dates == {town[0].id: sooner} | {one.id: from_seconds(seconds() + 65) for one in town[1:3]}
    assert stamps(app, town[1]) == before, "it is no sign of life"


def stamps(app, person):
    with app.app_context():
        return tuple(db.session.execute(sa.select(UserStatus.last_seen, UserStatus.updated_at).where(UserStatus.user_id == person.id)).one())


def test_who_comes_and_goes_in_large_groups_writes_no_event_and_wakes_nobody(app, town, later, monkeypatch):
    feed, woken = app.extensions["feed"], []
    monkeypatch.setattr(Waiter, "wake", lambda self: woken.append(self))
    feed.look()
    keys = {one: feed.keys(one.id) for one in town[:30]}
    with feed.lock:
        for one in keys:
            feed.waiters.add(keys[one], Asker(one.id, one.device_id, 0), hear=lambda: woken.append("heard"))
    for one in town[10:20]:
        beat(one)
        one.put("/api/me/status", {"manual_status": "here"})
    feed.look()
    woken.clear()  # of what they changed themselves they hear on their other pages
    for one in town[20:30]:
        beat(one)
    later(70)
    assert swept(app)[0] == 20
    feed.look()
    with app.app_context():
        kinds = db.session.execute(sa.select(Event.kind)).scalars().all()
    assert "presence.changed" not in kinds and "me.changed" in kinds
    assert woken == []


def test_whether_a_group_is_too_large_to_be_told_costs_the_same_however_large_it_is(app, town, monkeypatch):
    work = []
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # what it does where many groups are smaller
        session = db.session()
        run = session.execute
        monkeypatch.setattr(session, "execute", lambda statement, **more: work.append(work_of(statement, run)) or run(statement, **more))
        assert shown._groups_of([town[0].id]) == {}
    assert work and work[0] <= 2 * (shown.LARGEST_AUDIENCE + 20) * (5 if is_lite(app) else 1), work


def test_reading_the_presence_of_fifty_again_within_five_seconds_asks_the_database_nothing(app, town, later):
    asker, cursor = town[0], town[0].cursor()
    path = f"/api/presence?users={','.join(one.id for one in town[1 : ON_SCREEN + 1])}&since={cursor}"
    asker.updates(cursor)  # what this worker remembers of who polls
    asker.get(path)
    for wait, most in ((0, 0), (4, 0), (1, 3)):
        later(wait)
        with statements(app) as taken:
            assert len(asker.get(path)["presence"]) == ON_SCREEN
        assert len(taken) <= most and bool(taken) == bool(most), taken


def test_reading_fifty_looks_at_fifty_rows(app, town):
    work = []
    for count in (1, ON_SCREEN):
        with app.app_context():
            work.append(work_of(RECORDS.statement.params(user_ids=[one.id for one in town[:count]])))
    assert work[1] <= (ON_SCREEN + 1) * (max(work[0], MOST_STEPS) if is_lite(app) else 1), work


def is_lite(app):
    with app.app_context():
        return db.engine.dialect.name == "sqlite"


def work_of(statement, run=None):
    """Return what a statement costs its database: the steps of SQLite's machine, or the rows that PostgreSQL's plan looks at."""
    run = run or db.session.execute
    if db.engine.dialect.name == "sqlite":
        steps, driver = [], db.session.connection().connection.dbapi_connection
        driver.set_progress_handler(lambda: steps.append(1), 1)
        run(statement).all()
        driver.set_progress_handler(None, 0)
        work = len(steps)
    else:
        text = statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
        found = db.session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", text.construct_params())
        work = sum(map(looked_at, nodes(found.scalar_one()[0]["Plan"])))
    db.session.rollback()
    return work


def nodes(plan):
    """Yield a plan's nodes."""
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)


def looked_at(node):
    """Return how many rows a node that reads a table looked at."""
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return (node["Actual Rows"] + removed) * node["Actual Loops"] if "Relation Name" in node else 0
