"""Somebody at a script who looks at one person all the time, by everything that tells of presence: the news, and the answer to a question."""

import contextlib
import http.client
import json
import threading
import time

LOOKS_EVERY_SECONDS = 0.1
WAIT_SECONDS = 1
PATIENCE_SECONDS = 60


class Onlooker:
    """Looks from the start of the block to its end. ``asked`` and ``told`` hold (monotonic second, status): of the answers only
    those that differ from the one before, of the news every one."""

    def __init__(self, server, looker, person):
        self._port, self._token, self._person = server.port, looker.token, person.id
        self.asked, self.told, self.looks, self._failed, self._over = [], [], 0, [], threading.Event()

    def __enter__(self):
        with contextlib.closing(self._connection()) as connection:
            cursor = self._get(connection, "/api/state")["cursor"]
        self._threads = [threading.Thread(target=self._run, args=one) for one in ((self._ask,), (self._follow, cursor))]
        [one.start() for one in self._threads]
        return self

    def __exit__(self, *_):
        self._over.set()
        [one.join() for one in self._threads]
        assert self._failed == []

    def statuses(self):
        """Return all that was seen, one after the other, and all that was told."""
        return [status for _, status in self.asked], [status for _, status in self.told]

    def saw(self, status, since):
        """Return when the first answer after the second ``since`` had this status, or None."""
        return next((second for second, one in self.asked if one == status and second > since), None)

    def heard(self, status, since):
        """Return when the news after the second ``since`` first told of this status, or None."""
        return next((second for second, one in self.told if one == status and second > since), None)

    def _run(self, look, *arguments):
        try:
            with contextlib.closing(self._connection()) as connection:
                look(connection, *arguments)
        except Exception as error:
            self._failed.append(error)

    def _ask(self, connection):
        while not self._over.wait(LOOKS_EVERY_SECONDS):
            (found,) = self._get(connection, f"/api/presence?users={self._person}")["presence"]
            self.looks += 1
            if not self.asked or self.asked[-1][1] != found["auto_status"]:
                self.asked.append((time.monotonic(), found["auto_status"]))

    def _follow(self, connection, cursor):
        while not self._over.is_set():
            batch = self._get(connection, f"/api/updates?since={cursor}&wait={WAIT_SECONDS}")
            cursor = batch["cursor"]
            people = [one for event in batch["events"] if event["kind"] == "presence.changed" for one in event["data"]["presence"]]
            self.told += [(time.monotonic(), one["auto_status"]) for one in people if one["user_id"] == self._person]

    def _connection(self):
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)

    def _get(self, connection, path):
        connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        return body
