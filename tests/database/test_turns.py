"""Deeds that meet share a commit: all of them or each for itself fails, and nobody hears yes before it is on the disk."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from cast import Cast
from databases import postgresql_only, sqlite_only
from outside import Outside

from chatapp.actions import transaction as frame
from chatapp.database.turns import GivenUp
from chatapp.errors import NotFound
from chatapp.extensions import writing_engine

PATIENCE = 20


@pytest.fixture
def outside(database_url):
    """What is committed, as somebody else sees it."""
    return Outside(database_url)


@pytest.fixture
def turns(app):
    """The line in front of the database."""
    return app.extensions["turns"]


@pytest.fixture
def commits(app):
    """What the disk was asked for, as a list that grows."""
    seen = []
    with app.app_context():
        sa.event.listen(writing_engine(), "commit", lambda connection: seen.append(connection))
    return seen


def all_meet(turns, *blocks):
    """Run blocks so that all others stand in line while the first one is in. Returns what each returned or raised, in order."""
    found, entered = [None] * len(blocks), threading.Event()

    def run(at, block):
        try:
            with turns.shared() as connection:
                if at == 0:
                    entered.set()
                    until = time.monotonic() + PATIENCE
                    while turns._standing < len(blocks) - 1:
                        assert time.monotonic() < until, "the others do not come"
                        time.sleep(0.001)
                    turns._turn.until = time.monotonic() + PATIENCE  # however slow this machine is
                found[at] = block(connection)
        except Exception as error:
            found[at] = error

    threads = [threading.Thread(target=run, args=one, daemon=True) for one in enumerate(blocks)]
    threads[0].start()
    assert entered.wait(PATIENCE)
    for one in threads[1:]:
        one.start()
    for one in threads:
        one.join(PATIENCE)
        assert not one.is_alive()
    return found


def rename(name, then=None):
    """Return a block that gives the primary group a name no matter what it was, and remembers the earlier one in it."""

    def block(connection):
        connection.execute(sa.text("UPDATE groups SET name = name || :name WHERE is_primary"), {"name": name})
        if then:
            raise then
        return name

    return block


def named(outside):
    return outside.one("SELECT name FROM groups WHERE is_primary")


def test_those_who_meet_have_one_commit(turns, outside, commits):
    before = named(outside)
    assert all_meet(turns, *map(rename, "abcd")) == list("abcd")
    assert sorted(named(outside).removeprefix(before)) == list("abcd") and len(commits) == 1
    assert all_meet(turns, rename("e")) == ["e"] and len(commits) == 2


@sqlite_only
@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_deed_that_fails_takes_back_what_it_did_and_no_more(turns, outside, failing):
    before, error = named(outside), NotFound()
    blocks = [rename(name, error if at == failing else None) for at, name in enumerate("abc")]
    found = all_meet(turns, *blocks)
    assert found[failing] is error
    assert sorted(named(outside).removeprefix(before)) == sorted({"a", "b", "c"} - {"abc"[failing]})


@postgresql_only
@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_deed_that_the_database_refuses_ends_the_turn_for_those_before_it(turns, outside, failing):
    before = named(outside)

    def refused(connection):
        connection.execute(sa.text("SELECT 1 / 0"))

    found = all_meet(turns, *(refused if at == failing else rename(name) for at, name in enumerate("abc")))
    assert isinstance(found[failing], sa.exc.DBAPIError)
    others = [one for at, one in enumerate(found) if at != failing]
    succeeded = [one for one in others if isinstance(one, str)]
    assert all(isinstance(one, GivenUp) for one in others if one not in succeeded)
    assert sorted(named(outside).removeprefix(before)) == sorted(succeeded), "who hears yes is stored, who hears no is not"
    assert failing == 0 or isinstance(found[0], GivenUp)


@postgresql_only
def test_a_refusal_before_anything_is_written_is_nobody_elses_affair(turns, outside):
    before = named(outside)

    def refusing(_connection):
        raise NotFound

    found = all_meet(turns, rename("a"), refusing, rename("c"))
    assert isinstance(found[1], NotFound) and [found[0], found[2]] == ["a", "c"]
    assert sorted(named(outside).removeprefix(before)) == ["a", "c"]


def test_all_fail_when_the_commit_does_and_the_next_ones_succeed(turns, outside):
    before = named(outside)

    def broken(connection):
        """Leave something that only the commit refuses."""
        connection.exec_driver_sql("CREATE TABLE pending (group_id UUID REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED)")
        connection.exec_driver_sql("INSERT INTO pending VALUES ('00000000-0000-0000-0000-000000000000')")

    found = [type(one) for one in all_meet(turns, rename("a"), broken, rename("c"))]
    assert found.count(GivenUp) == 2 and len(found) == 3
    assert found.count(sa.exc.IntegrityError) == 1, "whoever asked the disk hears what it said"
    assert named(outside) == before
    assert all_meet(turns, *map(rename, "de")) == ["d", "e"]
    assert sorted(named(outside).removeprefix(before)) == ["d", "e"]


def test_nobody_hears_yes_before_the_commit(turns, outside):
    heard, before = [], named(outside)

    def last(connection):
        time.sleep(0.2)
        heard.append((len(done), named(outside)))
        return rename("z")(connection)

    done = []

    def first():
        with turns.shared() as connection:
            while not turns._standing:
                time.sleep(0.001)
            turns._turn.until = time.monotonic() + PATIENCE
            rename("a")(connection)
        done.append(named(outside))

    thread = threading.Thread(target=first)
    thread.start()
    while turns._turn is None:
        time.sleep(0.001)
    with turns.shared() as connection:
        last(connection)
    thread.join(PATIENCE)
    assert heard == [(0, before)], "the first one was told before the last one had committed"
    assert done == [f"{before}az"]


def test_a_turn_that_takes_long_lets_the_others_begin_their_own(turns, commits):
    def slow(connection):
        turns._turn.until = 0
        return "slow"

    assert all_meet(turns, slow, rename("b"), rename("c"))[0] == "slow"
    assert len(commits) >= 2


def test_the_line_goes_on_when_a_turn_cannot_begin(turns, app, outside):
    def away(_connection):
        raise sa.exc.OperationalError("BEGIN", {}, Exception("unable to open database file"))

    with app.app_context():
        engine = writing_engine()
        sa.event.listen(engine, "begin", away)
        with pytest.raises(sa.exc.OperationalError), turns.shared():
            pass
        sa.event.remove(engine, "begin", away)
    assert all_meet(turns, rename("a"), rename("b")) == ["a", "b"]


def test_messages_that_meet_are_stored_and_told_by_one_commit(app, turns, outside, commits, monkeypatch):
    cast = Cast(app)
    cursor, start = cast.dan.cursor(), len(commits)
    write, people = frame.write_events, (cast.ana, cast.ben, cast.cleo, cast.ben)

    def together(connection):
        with contextlib.suppress(AttributeError):  # a deed of its own has no turn
            turns._turn.until = time.monotonic() + PATIENCE
        until = time.monotonic() + PATIENCE
        while not entered and turns._standing < len(people) - 1:
            assert time.monotonic() < until
            time.sleep(0.001)
        entered.append(True)
        return write(connection)

    entered = []
    monkeypatch.setattr(frame, "write_events", together)
    said = []
    threads = [threading.Thread(target=lambda who=who: said.append(who.say("hello", group=cast.hall)["number"])) for who in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE)
    assert sorted(said) == [1, 2, 3, 4] and len(commits) == start + 1
    assert [event["data"]["message"]["number"] for event in cast.dan.updates(cursor)["events"]] == [1, 2, 3, 4]


@postgresql_only
def test_who_is_being_removed_keeps_nobody_else_waiting(app, outside):
    cast = Cast(app)
    with outside.engine.connect() as remover, ThreadPoolExecutor() as beside:
        remover.execute(sa.text("SELECT 1 FROM group_members WHERE user_id = :user FOR UPDATE"), {"user": cast.ana.id})
        ana = beside.submit(cast.ana.say, "held up", group=cast.hall)
        time.sleep(0.2)
        begun = time.monotonic()
        assert cast.ben.say("not held up", group=cast.hall)["number"] == 1
        assert time.monotonic() - begun < 2
        remover.rollback()
        assert ana.result(PATIENCE)["number"] == 2


@postgresql_only
def test_turns_of_two_processes_do_not_wait_for_each_others_conversations(app, second_app, outside):
    cast, begun = Cast(app), [threading.Event(), threading.Event()]

    def deeds(at, *groups):
        with (app, second_app)[at].app_context(), (app, second_app)[at].extensions["turns"].shared() as connection:
            begun[at].set()
            for group in groups:
                connection.execute(sa.text("UPDATE conversations SET last_number = last_number WHERE key = :key"), {"key": f"group:{group}"})
                begun[1 - at].wait(0.5)
        return "done"

    for group in (cast.den, cast.hall):
        cast.ana.say("there is a row", group=group)
    with ThreadPoolExecutor() as beside:
        there, back = beside.submit(deeds, 0, cast.den, cast.hall), beside.submit(deeds, 1, cast.hall, cast.den)
        assert [there.result(PATIENCE), back.result(PATIENCE)] == ["done", "done"]


@postgresql_only
def test_messages_that_met_one_that_failed_are_stored_once_each(app, monkeypatch):
    cast, turns, stored = Cast(app), app.extensions["turns"], []
    keep = frame.write_events
    cursor = cast.dan.cursor()

    def fail_once(connection):
        kinds = keep(connection)
        stored.append(connection)
        if len(stored) == 1:
            turns._turn.until = time.monotonic() + PATIENCE
            while turns._standing < 2:
                time.sleep(0.001)
        if len(stored) == 2:
            connection.execute(sa.text("SELECT 1 / 0"))
        return kinds

    monkeypatch.setattr(frame, "write_events", fail_once)
    with ThreadPoolExecutor() as beside:
        said = [beside.submit(who.say, "hello", group=cast.hall) for who in (cast.ana, cast.ben, cast.cleo)]
        failed = [one.exception(PATIENCE) for one in said]
    assert failed.count(None) == 2, "one heard no, by which nobody else lost anything"
    assert [event["data"]["message"]["number"] for event in cast.dan.updates(cursor)["events"]] == [1, 2]
