"""Messages of people who meet are one deed: numbered, told and committed together, and none of them is another one's affair."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from cast import Cast
from databases import postgresql_only
from outside import Outside

from chatapp import access
from chatapp.actions import messages
from chatapp.actions import transaction as frame
from chatapp.database.gathering import GivenUp
from chatapp.extensions import writing_engine
from chatapp.ids import new_id

PATIENCE = 20


@pytest.fixture
def outside(database_url):
    """What is committed, as somebody else sees it."""
    return Outside(database_url)


@pytest.fixture
def commits(app):
    """What the disk was asked for, as a list that grows."""
    seen = []
    with app.app_context():
        sa.event.listen(writing_engine(), "commit", lambda connection: seen.append(connection))
    return seen


@pytest.fixture
def meet(cast, monkeypatch):
    """A function that lets people do things so that all of them stand in line together. Returns what each returned or raised."""
    line, commit = cast.app.extensions["gathering"], frame.commit

    def run(*deeds, first=lambda: cast.dan.say("first", group=cast.hall)):
        held, go = threading.Event(), threading.Event()

        def commit_late(connection, last):
            if not held.is_set():
                held.set()
                assert go.wait(PATIENCE)
            return commit(connection, last)

        with monkeypatch.context() as patched, ThreadPoolExecutor(len(deeds) + 1) as beside:
            patched.setattr(frame, "commit", commit_late)
            leading = beside.submit(first)
            assert held.wait(PATIENCE)
            doing = []
            for number, deed in enumerate(deeds, 1):
                doing.append(beside.submit(deed))
                until = time.monotonic() + PATIENCE
                while len(line._waiting) < number:
                    assert time.monotonic() < until, "they do not stand in line"
                    time.sleep(0.001)
            go.set()
            leading.result(PATIENCE)
            return [one.exception(PATIENCE) or one.result() for one in doing]

    return run


@pytest.fixture
def batches(monkeypatch):
    """How many were sent at once, as a list that grows."""
    seen, send_all = [], messages._send_all

    def counted(drafts):
        seen.append(len(drafts))
        return send_all(drafts)

    monkeypatch.setattr(messages, "_send_all", counted)
    return seen


def say(who, content="hello", **more):
    """Return what sends a message and returns (status, the answer)."""
    where = f"/api/groups/{more['group']}" if "group" in more else f"/api/users/{more['to']}"
    body = {"client_id": more.get("client_id") or new_id(), "content": content}

    def deed():
        reply = who.request("POST", f"{where}/messages", body)
        return reply.status_code, reply.json

    return deed


def test_messages_that_meet_are_stored_and_told_by_one_commit(cast, meet, batches, commits):
    cursor, start = cast.dan.cursor(), len(commits)
    said = meet(*(say(who, group=cast.hall) for who in (cast.ana, cast.ben, cast.cleo, cast.ben)))
    assert [(status, answer["message"]["number"]) for status, answer in said] == [(201, 2), (201, 3), (201, 4), (201, 5)]
    assert batches == [1, 4] and len(commits) == start + 2
    assert [event["data"]["message"]["number"] for event in cast.dan.updates(cursor)["events"]] == [1, 2, 3, 4, 5]


def test_each_conversation_counts_by_itself_and_who_writes_has_read(cast, meet, batches):
    said = meet(
        say(cast.ana, group=cast.den),
        say(cast.ana, to=cast.ben.id),
        say(cast.ben, group=cast.den),
        say(cast.ben, to=cast.ana.id),
        say(cast.ana, group=cast.den),
    )
    assert batches == [1, 5]
    assert [answer["message"]["number"] for _, answer in said] == [1, 1, 2, 2, 3]
    state = cast.ana.get("/api/state")
    assert {group["id"]: group["read_mark"] for group in state["groups"]}[cast.den] == 3
    assert [direct["read_mark"] for direct in state["directs"] if direct["user_id"] == cast.ben.id] == [1]


def test_who_is_refused_is_alone_with_it(cast, meet, batches):
    used = say(cast.ana, "used", group=cast.den, client_id=(known := new_id()))
    used()
    said = meet(
        say(cast.ana, "something else", group=cast.den, client_id=known),
        say(cast.ana, "good", group=cast.den),
        say(cast.ana, "nobody", to=new_id()),
        used,
        say(cast.dan, "not in it", group=cast.den),
        say(cast.ben, "good", group=cast.den),
    )
    assert [status for status, _ in said] == [409, 201, 404, 200, 404, 201]
    assert said[0][1]["code"] == "client_id_reused" and said[3][1]["message"]["number"] == 1
    assert [said[at][1]["message"]["number"] for at in (1, 5)] == [2, 3]
    assert batches[:3] == [1, 1, 6]  # who may be about to be removed is asked for once more, alone


def test_copies_that_meet_become_one_message(cast, meet, outside):
    copy = say(cast.ana, "once", group=cast.den, client_id=new_id())
    said = meet(copy, say(cast.ben, group=cast.den), copy, copy)
    assert sorted(status for status, _ in said) == [200, 200, 201, 201]
    assert len({said[at][1]["message"]["id"] for at in (0, 2, 3)}) == 1
    assert outside.one("SELECT count(*) FROM messages WHERE content = 'once'") == 1


def test_messages_that_met_one_that_fails_are_stored_once_each(cast, meet, monkeypatch):
    stored, cursor = messages._stored, cast.dan.cursor()

    def refuse(connection, drafts):
        if any(draft.content == "bad" for draft in drafts):
            connection.execute(sa.text("SELECT 1 FROM nowhere"))
        return stored(connection, drafts)

    monkeypatch.setattr(messages, "_stored", refuse)
    said = meet(say(cast.ana, group=cast.hall), say(cast.ben, "bad", group=cast.hall), say(cast.cleo, group=cast.hall))
    assert [status for status, _ in said] in ([201, 500, 201], [201, 503, 201])
    assert sorted(answer["message"]["number"] for status, answer in said if status == 201) == [2, 3]
    assert [event["data"]["message"]["number"] for event in cast.dan.updates(cursor)["events"]] == [1, 2, 3]


@postgresql_only
def test_who_is_being_removed_keeps_nobody_else_waiting(cast, meet, outside):
    with outside.engine.connect() as remover, ThreadPoolExecutor() as beside:
        remover.execute(sa.text("SELECT 1 FROM group_members WHERE user_id = :user FOR UPDATE"), {"user": cast.ana.id})
        times = {}

        def timed(who):
            def deed():
                answer = say(who, group=cast.hall)()
                times[who.id] = time.monotonic()
                return answer

            return deed

        meeting = beside.submit(meet, timed(cast.ana), timed(cast.ben))
        until = time.monotonic() + PATIENCE
        while cast.ben.id not in times:
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(0.2)
        assert cast.ana.id not in times
        remover.rollback()
        assert [answer["message"]["number"] for _, answer in meeting.result(PATIENCE)] == [3, 2]


@postgresql_only
def test_two_processes_hold_conversations_in_one_order(app, second_app):
    """Each sends to many conversations at once, in an order of its own: neither waits for the other in a circle."""
    cast = Cast(app)
    places = [{"group_id": cast.den}, {"group_id": cast.hall}, {"partner_id": cast.ben.id}, {"partner_id": cast.ana.id}]
    failed = []

    def send(where, order):
        with where.app_context():
            for _ in range(40):
                drafts = [messages.Draft(cast.ana.id, new_id(), "hello", access.place_of(cast.ana.id, **place)) for place in order(places)]
                failed.extend(one for one in messages._send_all(drafts) if isinstance(one, Exception) and not isinstance(one, GivenUp))

    with ThreadPoolExecutor() as beside:
        for one in [beside.submit(send, app, list), beside.submit(send, second_app, lambda them: list(reversed(them)))]:
            one.result(60)  # a deadlock would be told
    assert failed == []
