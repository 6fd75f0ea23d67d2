"""The flusher: what a worker remembers of beats is written every few seconds, and once more when it stops."""

import json
import threading
import time
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa
from signs import beat, row, statements, until

from chatapp.clock import now
from chatapp.extensions import db
from chatapp.jobs import flusher
from chatapp.models import Device


def send_beat(server, person):
    """Send a beat to a running server, on a connection of its own."""
    body = json.dumps({"device": "page1", "active": True, "visible": True, "next": 25}).encode()
    request = Request(f"{server.url}/api/heartbeat", body, {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"})
    with urlopen(request, timeout=10) as reply:
        return json.load(reply)


def stored_beat(cast, person):
    return row(cast.app, person)["devices"][f"{person.device_id}:page1"]["beat"]


@pytest.mark.parametrize("worker_class", ["gevent", "gthread"])
def test_a_worker_that_stops_writes_the_beats_that_it_remembers(cast, serve, worker_class):
    server = serve(WEB_CONCURRENCY="1", WORKER_CLASS=worker_class)
    send_beat(server, cast.ana)
    first = stored_beat(cast, cast.ana)
    send_beat(server, cast.ana)
    assert stored_beat(cast, cast.ana) == first, "the second changes nothing that is seen"
    server.stop()
    assert stored_beat(cast, cast.ana) > first, server.log()
    assert "Traceback" not in server.log()


def test_a_running_worker_writes_beats_every_few_seconds_whatever_went_wrong_before(cast, monkeypatch, caplog):
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 0.3)
    beat(cast.ana)
    first = stored_beat(cast, cast.ana)
    written, tries = flusher.presence.write_beats, []

    def fails_first(beats):
        tries.append(beats)
        if len(tries) == 1:
            raise RuntimeError("anything")
        written(beats)

    monkeypatch.setattr(flusher.presence, "write_beats", fails_first)
    beat(cast.ana)
    flusher.start(cast.app)
    try:
        until(lambda: stored_beat(cast, cast.ana) > first)
        second = stored_beat(cast, cast.ana)
        beat(cast.ana)
        until(lambda: stored_beat(cast, cast.ana) > second)
    finally:
        cast.app.extensions["feed"].release()
        flusher.stop(cast.app)
    assert "beats could not be written and are kept: RuntimeError" in caplog.text
    assert not [one for one in threading.enumerate() if one.name == "beats"]


def test_what_was_heard_while_the_last_flush_wrote_is_written_too(cast, monkeypatch):
    beat(cast.ana)
    first = stored_beat(cast, cast.ana)
    written = flusher.presence.write_beats

    def stopped_meanwhile(beats):
        monkeypatch.setattr(flusher.presence, "write_beats", written)
        written(beats)
        beat(cast.ben)
        beat(cast.ben)
        cast.app.extensions["feed"].release()

    monkeypatch.setattr(flusher.presence, "write_beats", stopped_meanwhile)
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 0)
    beat(cast.ana)
    flusher.start(cast.app)
    flusher.stop(cast.app)
    assert stored_beat(cast, cast.ana) > first
    assert cast.app.extensions["beats"].take(lambda _: False) == {}


def test_a_device_that_is_heard_of_lives_longer_and_is_touched_seldom(cast, later):
    def device():
        return last_used(cast.app, cast.ana)

    beat(cast.ana)
    touched, before = {}, device()
    later(30)
    beat(cast.ana)
    flusher.touch(cast.app, touched)
    first = device()
    assert first > before
    later(30)
    beat(cast.ana)
    flusher.touch(cast.app, touched)
    assert device() == first
    touched[cast.ana.device_id] = time.monotonic() - flusher.TOUCH_SECONDS - 1
    beat(cast.ana)
    flusher.touch(cast.app, touched)
    assert device() > first


def last_used(app, person):
    with app.app_context():
        return db.session.execute(sa.select(Device.last_used_at).where(Device.id == person.device_id)).scalar_one()


def test_a_script_that_only_asks_is_seen_to_use_its_token_at_no_cost_to_its_polls(cast, later):
    cursor, before, touched = cast.ana.cursor(), last_used(cast.app, cast.ana), {}
    cast.ana.updates(cursor)
    later(3600)
    with statements(cast.app) as run:
        cast.ana.get(f"/api/updates?since={cursor}")
    assert run == []
    flusher.touch(cast.app, touched)
    assert last_used(cast.app, cast.ana) == now() > before
    later(30)
    cast.ana.get("/api/me")
    flusher.touch(cast.app, touched)
    assert last_used(cast.app, cast.ana) == now() - timedelta(seconds=30), "seldom"
    cast.app.test_client().get("/api/me")
    cast.app.test_client().get("/api/me", headers={"Authorization": "Bearer nonsense"})
    with statements(cast.app) as run:
        flusher.touch(cast.app, touched)
    assert run == []


def test_a_use_that_could_not_be_noted_is_noted_later(cast, later, monkeypatch):
    later(3600)
    cast.ana.get("/api/me")
    with monkeypatch.context() as broken:
        broken.setattr(flusher.sessions, "touch_devices", lambda _ids: 1 / 0)
        flusher.touch(cast.app, {})
    flusher.touch(cast.app, {})
    assert last_used(cast.app, cast.ana) == now()


def test_a_running_worker_notes_uses_by_itself_and_once_more_when_it_stops(cast, later, monkeypatch):
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 0.1)
    monkeypatch.setattr(flusher, "NOTE_SECONDS", 0.1)
    later(3600)
    cast.ana.get("/api/me")
    flusher.start(cast.app)
    try:
        until(lambda: last_used(cast.app, cast.ana) == now())
        monkeypatch.setattr(flusher, "NOTE_SECONDS", 3600)
        cast.ben.get("/api/me")
    finally:
        cast.app.extensions["feed"].release()
        flusher.stop(cast.app)
    assert last_used(cast.app, cast.ben) == now()


def test_many_devices_are_noted_in_parts_and_forgotten_when_they_are_due_again(cast, monkeypatch):
    monkeypatch.setattr(flusher, "MOST_AT_ONCE", 2)
    parts, touched = [], {f"gone{number}": time.monotonic() - flusher.TOUCH_SECONDS - 1 for number in range(1000)}
    monkeypatch.setattr(flusher.sessions, "touch_devices", parts.append)
    people = [cast.ana, cast.ben, cast.cleo]
    for person in people:
        person.get("/api/me")
    flusher.touch(cast.app, touched)
    ids = sorted(one.device_id for one in people)
    assert parts == [ids[:2], ids[2:]]
    assert sorted(touched) == ids
