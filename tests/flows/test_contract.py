"""Promises of the delivery contract that no test of a single part shows: polls change nothing, a state and its cursor are of
one instant, and no clock orders anything. ARCHITECTURE.md says where each promise is proved."""

import pytest
import sqlalchemy as sa
from follower import follow

from chatapp import snapshots
from chatapp.extensions import db

HOUR = 3600


def all_rows(app):
    """Return {table: its rows} of the whole database."""
    with app.app_context(), db.engine.connect() as connection:
        return {table.name: sorted(map(repr, connection.execute(sa.select(table)))) for table in db.metadata.sorted_tables}


def test_polls_change_nothing_and_the_same_one_tells_the_same_again(cast):
    start = cast.ben.cursor()
    sent = [cast.ana.say(f"message {number}", group=cast.den)["id"] for number in range(3)]
    cast.ana.delete(f"/api/messages/{sent[0]}", status=200)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.cleo.id}")
    before = all_rows(cast.app)
    first = cast.ben.updates(start)
    lost = [cast.ben.updates(start) for _ in range(5)]  # the answers never arrived
    assert len(first["events"]) == 5
    assert [answer["events"] for answer in lost] == [first["events"]] * 5
    assert cast.ben.updates(lost[-1]["cursor"])["events"] == []
    for cursor in ("garbage", start[::-1]):
        cast.ben.updates(cursor, status=400)
    assert all_rows(cast.app) == before


@pytest.mark.parametrize("moment", ["before its cursor is read", "after its cursor is read", "when half of it is read"])
def test_what_is_committed_while_a_state_is_read_is_in_it_or_after_its_cursor(cast, second_app, monkeypatch, moment):
    name = {"before its cursor is read": "newest_position", "after its cursor is read": "state", "when half of it is read": "own_directs"}[moment]
    read, elsewhere = getattr(snapshots, name), cast.ana.at(second_app)

    def interrupted(*arguments):
        monkeypatch.setattr(snapshots, name, read)
        elsewhere.say("in between", group=cast.den)
        elsewhere.say("for Ben", to=cast.ben.id)
        elsewhere.post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id})
        return read(*arguments)

    monkeypatch.setattr(snapshots, name, interrupted)
    state = cast.ben.get("/api/state")
    followed, fresh = follow(cast.ben, state)
    assert followed == fresh
    assert [len(group["members"]) for group in followed["groups"].values() if group["id"] == cast.den] == [4]


def test_a_clock_that_jumps_orders_nothing(cast, second_app, later):
    cursor, sent = cast.ben.cursor(), []
    for jump in (0, 2 * HOUR, -10 * HOUR, 0.001, HOUR, -HOUR):
        later(jump)
        for person in (cast.ana, cast.cleo.at(second_app)):
            sent.append(person.say(f"message {len(sent)}", group=cast.den))
    times = [one["created_at"] for one in sent]
    assert times != sorted(times), "the clock really jumped"
    told = [event["data"]["message"] for event in cast.ben.updates(cursor)["events"]]
    pages = cast.ben.get(f"/api/groups/{cast.den}/messages?after=4&limit=100")["messages"]
    newest = cast.ben.get(f"/api/groups/{cast.den}/messages?limit=3")["messages"]
    assert [one["number"] for one in sent] == list(range(1, len(sent) + 1))
    assert (told, pages, newest) == (sent, sent[4:], sent[-3:])
    den = next(one for one in cast.ben.get("/api/state")["groups"] if one["id"] == cast.den)
    assert (den["last_number"], den["read_mark"]) == (len(sent), 0)
