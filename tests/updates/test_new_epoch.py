"""The database was restored: what a worker knows of its former life is gone, at whatever moment that happens."""

import pytest
import sqlalchemy as sa
from signs import beat, flush, row

from chatapp.clock import now
from chatapp.database.prepared import Prepared
from chatapp.extensions import db
from chatapp.models import Device, Event, GroupMember, UserStatus, user_status


@pytest.fixture
def feed(app, cast):
    """The feed of the application, which has looked."""
    app.extensions["feed"].look()
    return app.extensions["feed"]


@pytest.fixture
def restore(app, feed):
    """A function that does to the database what a restore does, with these statements for what is different then."""

    def begin_anew(*statements, look=True):
        with app.app_context(), db.engine.connect().execution_options(writing=True) as connection, connection.begin():
            for statement in (*statements, sa.text("UPDATE server SET epoch = epoch + 1")):
                connection.execute(statement)
        if look:
            feed.look()

    return begin_anew


def meanwhile(monkeypatch, owner, name, deed, before=False):
    """Let something happen right after (or before) the next call of a function."""
    called, due = getattr(owner, name), [deed]

    def stopping(*arguments):
        if before and due:
            due.pop()()
        found = called(*arguments)
        if due:
            due.pop()()
        return found

    monkeypatch.setattr(owner, name, stopping)


def epoch_of(feed, cursor):
    return feed.seal.open(cursor)[0]


def test_what_is_of_the_former_life_is_forgotten_before_a_cursor_of_the_new_one_is_good(feed, restore):
    former, heard = feed.epoch, []
    feed.at_new_epoch.append(lambda: heard.append(feed.epoch))
    restore()
    assert heard == [former, former + 1], "and once more: what came meanwhile may be of the former life too"


def test_a_cursor_of_the_former_life_is_refused_and_a_fresh_one_goes_on(cast, restore):
    cursor = cast.ben.cursor()
    restore()
    assert cast.ben.updates(cursor, status=409)["code"] == "resync"
    cursor = cast.ben.cursor()
    cast.ana.say("after", group=cast.den)
    assert cast.ben.kinds(cursor) == ["message.sent"]


def test_a_restore_in_the_middle_of_a_look_gives_the_former_window_nothing_of_the_new_life(cast, feed, restore, monkeypatch):
    former, start = feed.epoch, feed.position
    event = sa.insert(Event).values(position=start + 1, kind="group.changed", group_id=cast.den, body="{}", created_at=now())
    meanwhile(monkeypatch, Prepared, "_rows", lambda: restore(event, look=False))
    feed.look()
    assert feed.epoch != former or feed.window.after([f"g:{cast.den}"], start) == []
    feed.look()
    assert feed.epoch != former and feed.position == start + 1


def test_a_poll_that_has_just_shown_its_cursor_gets_no_place_in_the_new_life(cast, feed, restore, monkeypatch):
    cursor = cast.ben.cursor()
    cast.ben.updates(cursor)  # from here on this worker knows their groups: the cursor is all that it compares with the log
    cast.ana.say("before", group=cast.den)
    meanwhile(monkeypatch, feed, "reaches", restore)
    assert cast.ben.get(f"/api/updates?since={cursor}", status=409)["code"] == "resync"


def test_a_poll_that_reads_the_log_at_that_moment_stays_in_the_former_life(cast, feed, restore, monkeypatch):
    cursor = cast.ben.cursor()
    cast.ana.say("before", group=cast.den)
    feed.look()
    before = feed.epoch
    while len(feed.window):
        feed.window._drop_oldest()
    meanwhile(monkeypatch, feed.reader, "backlog", restore, before=True)
    answer = cast.ben.get(f"/api/updates?since={cursor}")
    assert epoch_of(feed, answer["cursor"]) == before
    assert cast.ben.updates(answer["cursor"], status=409)["code"] == "resync"


@pytest.mark.parametrize("step", ["newest", "recent", "newest_by_key", "pruned"])
def test_what_a_worker_loads_at_that_moment_is_all_of_one_life(cast, make_app, restore, monkeypatch, step):
    cast.ana.say("lost", group=cast.den)
    late = make_app().extensions["feed"]
    meanwhile(monkeypatch, late.reader, step, lambda: restore(sa.delete(Event), look=False))
    late._load()  # polls answer from what it makes before the first step after it
    assert (len(late.window), late.position, late.epoch) == (0, 0, late.reader.newest().epoch)


def test_a_device_read_at_that_moment_is_not_remembered_into_the_new_life(cast, feed, restore, monkeypatch):
    ended = sa.delete(Device).where(Device.id == cast.ben.device_id)
    meanwhile(monkeypatch, feed.reader, "device", lambda: restore(ended))
    cast.ben.request("GET", "/api/me")
    cast.ben.get("/api/groups", status=401)


@pytest.mark.parametrize("way", ["keys", "refresh"])
def test_memberships_read_at_that_moment_are_not_remembered_into_the_new_life(cast, feed, restore, monkeypatch, way):
    cast.ben.updates(cast.ben.cursor())
    if way == "keys":
        feed.rights.__init__()
    left = sa.delete(GroupMember).where(GroupMember.user_id == cast.ben.id, GroupMember.group_id == cast.den)
    meanwhile(monkeypatch, feed.reader, "groups" if way == "keys" else "groups_of_many", lambda: restore(left))
    feed.keys(cast.ben.id) if way == "keys" else feed.refresh_groups()
    assert "g:" + cast.den not in feed.keys(cast.ben.id)


def test_beats_of_pages_that_the_new_life_does_not_know_are_not_written(app, cast, restore, later):
    beat(cast.ben)
    later(20)
    beat(cast.ben)  # waits in memory
    app.extensions["beats"].used(cast.ben.device_id)
    restore(sa.update(UserStatus).values(devices={}))
    flush(app)
    assert row(app, cast.ben)["devices"] == {}
    assert app.extensions["beats"].take_used() == set()
    assert beat(cast.ben)["auto_status"] == "online"
    assert len(row(app, cast.ben)["devices"]) == 1, "stored at once: nobody has seen them online yet"


@pytest.mark.jobs_off_and_on
def test_presence_that_was_read_in_the_former_life_is_not_shown(app, cast, restore, later):
    path = f"/api/presence?users={cast.ben.id}"
    beat(cast.ben)
    assert cast.ana.get(path)["presence"][0]["auto_status"] == "online"
    restore(sa.update(UserStatus).values(devices={}))
    assert cast.ana.get(path)["presence"][0]["auto_status"] == "offline"


@pytest.mark.jobs_off_and_on
def test_presence_that_is_being_read_at_that_moment_is_not_remembered(app, cast, restore, later, monkeypatch):
    path, seen = f"/api/presence?users={cast.ben.id}", []
    beat(cast.ben)
    cast.ana.updates(cast.ana.cursor())
    with monkeypatch.context() as patched:
        record = user_status.record

        def slowly(status):
            if not seen:
                seen.append(True)
                restore(sa.update(UserStatus).values(devices={}))
            return record(status)

        patched.setattr(user_status, "record", slowly)
        cast.ana.get(path)
    assert seen
    assert cast.ana.get(path)["presence"][0]["auto_status"] == "offline"
