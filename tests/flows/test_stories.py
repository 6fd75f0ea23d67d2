"""Three stories with two workers on one database, tails and all: nothing is stepped by hand."""

import contextlib
import threading
import time
import uuid

import pytest
from cast import Cast

from chatapp.clock import clock
from chatapp.jobs import start_worker, stop_worker

HELD = {"wsgi.multithread": True}


@pytest.fixture
def workers(make_app):
    """Two worker processes' worth of application that follow the log by themselves."""
    apps = [make_app(FEED="auto") for _ in range(2)]
    for app in apps:
        start_worker(app)
    yield apps
    for app in apps:
        stop_worker(app)  # the last things that they write need their database


def hold(person, cursor, more=""):
    """Start a held poll; return a function that waits for its answer and how long it took."""
    answer = {}

    def ask():
        started = time.monotonic()
        reply = person.request("GET", f"/api/updates?since={cursor}&wait=10{more}", environ_overrides=HELD)
        answer.update(reply=reply, seconds=time.monotonic() - started)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.2)

    def end():
        thread.join(15)
        return answer["reply"], answer["seconds"]

    return end


def until(check, seconds=10):
    """Wait until a check holds; fail with what it says last."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(AssertionError):
            return check()
        if time.monotonic() > deadline:
            return check()
        time.sleep(0.05)


def test_a_message_sent_through_one_worker_wakes_a_poll_that_waits_in_the_other(workers):
    here, there = workers
    cast = Cast(here)
    ben = cast.ben.at(there)
    end = hold(ben, ben.cursor())
    sent = cast.ana.say("across", group=cast.den)
    reply, seconds = end()
    assert reply.get_json()["events"] == [{"kind": "message.sent", "data": {"message": sent}}]
    assert seconds < 3


def test_signing_out_elsewhere_ends_a_poll_that_waits(workers):
    here, there = workers
    cast = Cast(here)
    ben = cast.ben.at(there)
    end = hold(ben, ben.cursor())
    cast.ben.delete("/api/session")
    reply, seconds = end()
    assert reply.status_code == 401 and seconds < 3


def test_removal_from_a_group_silences_it_for_a_poll_that_waits_in_the_other_worker(workers):
    here, there = workers
    cast = Cast(here)
    ben = cast.ben.at(there)
    end = hold(ben, ben.cursor())
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    cast.ana.say("without Ben", group=cast.den)
    reply, _ = end()
    answer = reply.get_json()
    later = ben.get(f"/api/updates?since={answer['cursor']}")
    assert [event["kind"] for event in answer["events"] + later["events"]] == ["member.removed"]


def test_a_heartbeat_is_seen_by_others_and_its_end_too(workers, monkeypatch):
    here, there = workers
    cast = Cast(here)
    ben = cast.ben.at(there)
    assert ben.get(f"/api/users/{cast.ana.id}")["user"]["auto_status"] == "offline"
    end = hold(ben, ben.cursor())
    beat = {"device": "page1", "active": True, "visible": True, "next": 25}
    assert cast.ana.post("/api/heartbeat", beat, 200)["auto_status"] == "online"
    reply, _ = end()
    seen = [one for event in reply.get_json()["events"] if event["kind"] == "presence.changed" for one in event["data"]["presence"]]
    assert {(one["user_id"], one["auto_status"]) for one in seen} == {(cast.ana.id, "online")}
    assert ben.get(f"/api/users/{cast.ana.id}")["user"]["auto_status"] == "online"
    beginning = clock.seconds
    monkeypatch.setattr(clock, "seconds", lambda: beginning() + 66)
    assert ben.get(f"/api/users/{cast.ana.id}")["user"]["auto_status"] == "offline"


@pytest.mark.jobs_off_and_on
def test_an_invite_ends_by_the_clock_whether_or_not_a_job_ran(workers, jobs, monkeypatch):
    here, there = workers
    cast = Cast(here)
    made = cast.ben.post(f"/api/groups/{cast.den}/invites", {"expires_in": 60})["invite"]
    assert there.test_client().get(f"/api/invites/{made['id']}").status_code == 200
    beginning = clock.seconds
    monkeypatch.setattr(clock, "seconds", lambda: beginning() + 61)
    jobs.tick()
    assert there.test_client().get(f"/api/invites/{made['id']}").status_code == 404
    cast.dan.at(there).post(f"/api/invites/{made['id']}/accept", status=404)


def test_a_client_that_alternates_between_workers_sees_one_order(workers):
    here, there = workers
    cast = Cast(here)
    cursor, seen, stop = cast.ben.cursor(), [], threading.Event()

    def talk(person, app):
        for _ in range(20):
            person.at(app).say(str(uuid.uuid4()), group=cast.den)

    threads = [threading.Thread(target=talk, args=one) for one in ((cast.ana, here), (cast.cleo, there), (cast.ana, there))]
    [one.start() for one in threads]
    turn = 0
    while any(one.is_alive() for one in threads) or not stop.is_set():
        if not any(one.is_alive() for one in threads):
            stop.set()
            until(lambda: [worker.extensions["feed"].look() for worker in workers])
        for _ in range(2):
            turn += 1
            batch = cast.ben.at(workers[turn % 2]).get(f"/api/updates?since={cursor}")
            seen += [event["data"]["message"]["number"] for event in batch["events"] if event["kind"] == "message.sent"]
            cursor = batch["cursor"]
    assert seen == list(range(1, 61))
