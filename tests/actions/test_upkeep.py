"""Upkeep: what is over is cleared away, any number of times, and no reader is led astray by it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from signs import beat, statements

from chatapp.actions import upkeep
from chatapp.actions.transaction import transaction
from chatapp.clock import now
from chatapp.extensions import db, writing_engine
from chatapp.models import Event, Invite, Message, Server

DAY = 24 * 3600
AUDIENCES = ("group_id", "user_id", "other_user_id")


def job(app, deed):
    with app.app_context():
        return deed()


def rows(app, *columns):
    with app.app_context():
        return db.session.execute(sa.select(*columns)).all()


def newest_by_audience(app):
    events = rows(app, Event.position, *(getattr(Event, name) for name in AUDIENCES))
    return {(name, getattr(one, name)): one.position for one in sorted(events) for name in AUDIENCES if getattr(one, name)}


def test_pruning_keeps_the_newest_event_of_each_audience_and_what_is_young(cast, later):
    for number in range(5):
        cast.ana.say(f"old {number}", group=cast.den)
        cast.ben.say(f"old {number}", to=cast.dan.id)
    beat(cast.cleo)
    assert job(cast.app, upkeep.prune_events) == 0
    newest, horizon = newest_by_audience(cast.app), max(rows(cast.app, Event.position))[0]
    later(13 * DAY)
    young = [cast.ana.say(f"young {number}", group=cast.hall)["id"] for number in range(3)]
    newest_then = newest_by_audience(cast.app)
    assert job(cast.app, upkeep.prune_events) == 0
    later(2 * DAY)
    assert job(cast.app, upkeep.prune_events) > 0
    left = rows(cast.app, Event.position, Event.message_id)
    assert set(young) <= {one.message_id for one in left}
    assert {one.position for one in left if one.position <= horizon} == {newest_then[key] for key in newest if newest_then[key] <= horizon}
    assert newest_by_audience(cast.app) == newest_then
    assert rows(cast.app, Server.pruned_position) == [(horizon,)]
    assert job(cast.app, upkeep.prune_events) == 0
    assert rows(cast.app, Server.pruned_position) == [(horizon,)]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_cursor_older_than_what_is_kept_hears_resync_and_never_a_part(cast, make_app, later, restarted):
    stale, earlier = cast.ben.cursor(), cast.dan.cursor()
    for number in range(3):
        cast.ana.say(f"old {number}", group=cast.den)
    current, quiet = cast.ben.cursor(), cast.dan.cursor()
    assert len(cast.ben.updates(stale)["events"]) == 3
    later(15 * DAY)
    job(cast.app, upkeep.prune_events)
    worker = make_app() if restarted else cast.app
    ben, dan = cast.ben.at(worker), cast.dan.at(worker)
    if restarted:
        assert ben.updates(stale, 409)["code"] == "resync"
    else:
        assert len(ben.updates(stale)["events"]) == 3, "this worker still remembers all of them"
    for person, cursor in ((ben, current), (dan, quiet), (dan, earlier)):
        assert person.updates(cursor)["events"] == []
    cast.ana.say("new", group=cast.den)
    assert [event["data"]["message"]["content"] for event in ben.updates(current)["events"]] == ["new"]
    assert dan.updates(quiet)["events"] == []
    again = ben.get("/api/state")["cursor"]
    cast.ana.say("newer", group=cast.den)
    assert [event["data"]["message"]["content"] for event in ben.updates(again)["events"]] == ["newer"]


def test_a_cursor_from_before_the_pruned_events_hears_resync_though_newer_ones_are_in_the_window(cast, make_app, later):
    stale = cast.ben.cursor()
    cast.ana.say("old", group=cast.den)
    cast.ana.say("also old", group=cast.den)
    later(15 * DAY)
    cast.ana.say("young", group=cast.den)
    between = cast.ben.cursor()
    cast.ana.say("younger", group=cast.den)
    job(cast.app, upkeep.prune_events)
    ben = cast.ben.at(make_app())
    assert ben.updates(stale, 409)["code"] == "resync"
    assert [event["data"]["message"]["content"] for event in ben.updates(between)["events"]] == ["younger"]


def test_the_content_of_a_deleted_group_is_cleared_and_its_client_ids_stay_taken(cast):
    sent = cast.ana.say("clear-canary", group=cast.den)
    kept = cast.ana.say("in the hall", group=cast.hall)
    cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})
    assert job(cast.app, upkeep.clear_deleted_groups) == 0
    assert "clear-canary" in str(rows(cast.app, Message.content))
    assert "clear-canary" in str(rows(cast.app, Event.body))
    cast.ana.delete(f"/api/groups/{cast.den}")
    assert job(cast.app, upkeep.clear_deleted_groups) == 1
    messages = {one.id: one for one in rows(cast.app, Message.id, Message.content, Message.client_id, Message.deleted_at)}
    assert (messages[sent["id"]].content, messages[sent["id"]].client_id) == ("", sent["client_id"])
    assert messages[kept["id"]].content == "in the hall"
    assert messages[kept["id"]].deleted_at is None
    assert "clear-canary" not in str(rows(cast.app, Event.body))
    assert rows(cast.app, Invite.id) == []
    assert job(cast.app, upkeep.clear_deleted_groups) == 0
    cast.ana.say("other", group=cast.hall, client_id=sent["client_id"], status=409)
    assert cast.ben.get(f"/api/groups/{cast.hall}/messages")["messages"][0]["content"] == "in the hall"


def writing(app, run):
    """Return (what a job returns, the statements that it ran but for reads, how many transactions it committed)."""
    commits = []

    def note(connection):
        commits.append(connection)

    with app.app_context():
        engine = writing_engine()
    sa.event.listen(engine, "commit", note)
    try:
        with statements(app) as noted:
            found = job(app, run)
    finally:
        sa.event.remove(engine, "commit", note)
    return found, [one for one in noted if not one.lstrip().startswith(("SELECT", "PRAGMA"))], len(commits)


def test_without_a_deleted_group_that_holds_anything_nothing_is_written(cast):
    cast.ana.say("stays", group=cast.den)
    assert writing(cast.app, upkeep.clear_deleted_groups) == (0, [], 0)
    cast.ana.delete(f"/api/groups/{cast.den}")
    assert job(cast.app, upkeep.clear_deleted_groups) == 1
    assert writing(cast.app, upkeep.clear_deleted_groups) == (0, [], 0)


def test_a_deleted_group_is_cleared_in_parts(cast, monkeypatch):
    monkeypatch.setattr(upkeep, "MOST_AT_ONCE", 3)
    for number in range(7):
        cast.ana.say(f"clear-canary {number}", group=cast.den)
    cast.ana.delete(f"/api/groups/{cast.den}")
    cleared, _, transactions = writing(cast.app, upkeep.clear_deleted_groups)
    assert (cleared, transactions) == (7, 1 + 3)
    assert "clear-canary" not in str(rows(cast.app, Message.content) + rows(cast.app, Event.body))


def test_pruning_in_parts_is_right_after_each_of_them(cast, make_app, later, monkeypatch):
    stale = cast.ben.cursor()
    for number in range(6):
        cast.ana.say(f"old {number}", group=cast.den)
        cast.ben.say(f"old {number}", to=cast.dan.id)
    newest, horizon = newest_by_audience(cast.app), max(rows(cast.app, Event.position))[0]
    later(15 * DAY)
    young = cast.ana.say("young", group=cast.hall)["id"]
    monkeypatch.setattr(upkeep, "MOST_AT_ONCE", 4)
    part, seen = upkeep._prune_part, []

    def stops_after_one(start, end):
        if seen:
            raise RuntimeError
        seen.append(part(start, end))
        return seen[0]

    with monkeypatch.context() as broken:
        broken.setattr(upkeep, "_prune_part", stops_after_one)
        with pytest.raises(RuntimeError):
            job(cast.app, upkeep.prune_events)
    assert 0 < seen[0] <= 4
    pruned = rows(cast.app, Server.pruned_position)[0][0]
    assert 0 < pruned < horizon
    assert len([one for one in rows(cast.app, Event.position) if pruned < one.position <= horizon]) == horizon - pruned
    assert cast.ben.at(make_app()).updates(stale, 409)["code"] == "resync"
    more, _, transactions = writing(cast.app, upkeep.prune_events)
    assert more > 0
    assert transactions > 1
    assert {one.position for one in rows(cast.app, Event.position) if one.position <= horizon} == set(newest.values())
    assert young in {one.message_id for one in rows(cast.app, Event.message_id)}
    assert rows(cast.app, Server.pruned_position)[0][0] <= horizon
    for key, position in newest_by_audience(cast.app).items():
        assert position >= newest.get(key, 0)


def test_expired_invites_are_deleted_and_others_stay(cast):
    with cast.app.app_context(), transaction():
        for ends in (-1, 3600):
            db.session.add(Invite(group_id=cast.den, created_by=cast.ana.id, expires_at=now() + timedelta(seconds=ends)))
    assert job(cast.app, upkeep.cleanup_expired_invites) == 1
    assert [one.expires_at > now() for one in rows(cast.app, Invite.expires_at)] == [True]
    assert job(cast.app, upkeep.cleanup_expired_invites) == 0
