"""The flusher: what a worker remembers of beats is written every few seconds, and once more when it stops."""

import json
import threading
import time
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa
from signs import beat, row, until

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
        with cast.app.app_context():
            return db.session.execute(sa.select(Device.last_used_at).where(Device.id == cast.ana.device_id)).scalar_one()

    beat(cast.ana)
    touched, before = {}, device()
    later(30)
    beat(cast.ana)
    flusher.flush(cast.app, touched)
    first = device()
    assert first > before
    later(30)
    beat(cast.ana)
    flusher.flush(cast.app, touched)
    assert device() == first
    touched[cast.ana.device_id] = time.monotonic() - flusher.TOUCH_SECONDS - 1
    beat(cast.ana)
    flusher.flush(cast.app, touched)
    assert device() > first
