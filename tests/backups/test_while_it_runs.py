"""A restore under a running server: nobody is told anything false, everybody starts anew, and then it just goes on."""

import json
import threading
import time
import uuid

import pytest
from towns import Town, in_background, until


class Life(threading.Thread):
    """Somebody who writes, reads and fetches the state all the while, and notes every answer."""

    def __init__(self, town, who, stop):
        super().__init__(daemon=True)
        self.town, self.who, self.stop = town, who, stop
        self.answers, self.states = [], []

    def run(self):
        while not self.stop.is_set():
            begun = time.monotonic()
            status, _, body, _ = self.town.say(self.who, "anything")
            self.answers.append((begun, "POST", status, body))
            for path in ("/api/state", f"/api/groups/{self.town.cast.den}/messages?limit=5"):
                status, _, body, _ = self.town.ask(self.who, "GET", path)
                self.answers.append((begun, path, status, body))


@pytest.fixture
def town(serve, cast):
    server = serve(WEB_CONCURRENCY="2")
    return Town(server, cast, server.url)


def test_under_load_nothing_breaks_and_every_client_starts_anew(flask, town, cast, instance, size):
    town.say(cast.ana, "kept")
    flask("backup", instance / "older")
    stop = threading.Event()
    lives = [Life(town, who, stop) for who in (cast.ana, cast.ben, cast.cleo)]
    for one in lives:
        one.start()
    try:
        for _ in range(size(2, 20)):
            restore_once(flask, town, cast, instance)
    finally:
        stop.set()
        for one in lives:
            one.join(40)
    answers = [answer for one in lives for answer in one.answers]
    assert len(answers) > 30
    odd = [answer for answer in answers if answer[2] not in (200, 201, 503)]
    assert odd == [], town.server.log()[-3000:]
    assert "Traceback" not in town.server.log()


def restore_once(flask, town, cast, instance):
    time.sleep(0.3)
    said = town.say(cast.ana, "lost")
    assert said[0] in (201, 503)
    cursors = {who: town.cursor(who) for who in (cast.ana, cast.ben, cast.cleo, cast.dan)}
    quiet = in_background(town.ask, cast.dan, "GET", f"/api/updates?since={cursors[cast.dan]}&wait=20")
    time.sleep(0.3)
    flask("restore", instance / "older")
    restored = time.monotonic()
    status, _, body, _ = quiet()
    assert (status, json.loads(body)["code"]) == (409, "resync")
    assert time.monotonic() - restored < 5

    def everybody_is_told():
        for who, cursor in cursors.items():
            for _ in range(4):  # by either worker
                assert town.ask(who, "GET", f"/api/updates?since={cursor}&wait=0")[0] == 409

    until(everybody_is_told, 5)
    cursor = town.cursor(cast.dan)
    assert town.ask(cast.ben, "POST", f"/api/users/{cast.dan.id}/messages", {"client_id": str(uuid.uuid4()), "content": "on it goes"})[0] == 201
    answer = json.loads(town.ask(cast.dan, "GET", f"/api/updates?since={cursor}&wait=5")[2])
    assert "on it goes" in [event["data"]["message"]["content"] for event in answer["events"] if event["kind"] == "message.sent"]
