"""Backups at random instants while everybody writes: each, restored, is a gap-free beginning of every conversation with
everything in it that was acknowledged before it began, and nothing that was sent after it ended."""

import itertools
import random
import threading
import time
import uuid

import pytest

from chatapp import backups
from chatapp.backups import sqlite

SEED = 20_250
WARM_UP_SECONDS = 0.5


class Writer(threading.Thread):
    """Somebody who sends, edits and deletes through one worker until told to stop. ``acked`` and ``begun`` only grow."""

    def __init__(self, person, places, seed, stop):
        super().__init__(daemon=True)
        self.person, self.places, self.stop = person, places, stop
        self.random = random.Random(seed)
        self.begun, self.acked, self.edited, self.failed = [], [], {}, []

    def run(self):
        try:
            for number in itertools.count():
                if self.stop.is_set():
                    return
                self.write(number)
        except BaseException as error:
            self.failed.append(error)
            raise

    def write(self, number):
        name = str(uuid.uuid4())
        self.begun.append(name)
        message = self.person.say(f"{name} as sent", client_id=name, **self.random.choice(self.places))
        self.acked.append((name, message["id"], message["number"]))
        if number % 7 == 3:
            self.person.patch(f"/api/messages/{message['id']}", {"content": f"{name} as edited"})
            self.edited[message["id"]] = f"{name} as edited"
        elif number % 11 == 5:
            self.person.delete(f"/api/messages/{message['id']}", status=200)


@pytest.fixture
def writers(app, second_app, cast):
    """Four people who write through two workers into two groups and to each other."""
    stop, people = threading.Event(), [cast.ana, cast.ben.at(second_app), cast.cleo, cast.ana.at(second_app)]
    places = [{"group": cast.den}, {"group": cast.hall}, {"to": cast.dan.id}, {"to": cast.ben.id}]
    threads = [Writer(person, places, SEED + number, stop) for number, person in enumerate(people)]
    for one in threads:
        one.start()
    time.sleep(WARM_UP_SECONDS)
    yield threads
    stop.set()
    for one in threads:
        one.join(30)
    assert [one.failed for one in threads] == [[]] * len(threads)


def lengths(writers):
    return [len(one.acked) for one in writers]


@pytest.mark.timeout(900)
def test_each_backup_is_a_gap_free_beginning_with_all_that_was_acknowledged(flask, writers, fresh_app, instance, look, size):
    moments = random.Random(SEED)
    for round_ in range(size(3, 20)):
        time.sleep(moments.uniform(0, 0.5))
        path = instance / f"{round_}.backup"
        before, edited = [list(one.acked) for one in writers], [dict(one.edited) for one in writers]
        flask("backup", path)
        ended = [len(one.begun) for one in writers]
        flask("restore", path, on=fresh_app)
        path.unlink()
        assert_prefix(fresh_app, look, itertools.chain(*before), {key: text for one in edited for key, text in one.items()})
        late = {name for one, known in zip(writers, ended, strict=True) for name in one.begun[known:]}
        there = {str(name) for (name,) in look.rows(fresh_app, "SELECT client_id FROM messages")}
        assert not late & there, "a backup holds what was sent after it ended"
        assert sum(lengths(writers)) > sum(map(len, before)), "nobody wrote meanwhile"


def assert_prefix(app, look, acked, edited):
    stored = {str(one.id): one for one in look.rows(app, "SELECT id, client_id, conversation, number, content, deleted_at FROM messages")}
    numbers = {}
    for one in stored.values():
        numbers.setdefault(one.conversation, []).append(one.number)
    counters = {key: last for key, last in look.rows(app, "SELECT key, last_number FROM conversations") if last}
    assert {key: sorted(found) for key, found in numbers.items()} == {key: list(range(1, last + 1)) for key, last in counters.items()}
    for name, message_id, number in acked:
        assert message_id in stored, f"acknowledged before the backup began, and not in it: {name}"
        assert (str(stored[message_id].client_id), stored[message_id].number) == (name, number)
    for message_id, text in edited.items():
        assert stored[message_id].content == text
    assert_log(app, look, stored)


def assert_log(app, look, stored):
    events = look.rows(app, "SELECT kind, message_id FROM events WHERE message_id IS NOT NULL ORDER BY position")
    sent = [str(message_id) for kind, message_id in events if kind == "message.sent"]
    assert sorted(sent) == sorted(stored), "one event for each message"
    seen = {}
    for message_id in sent:
        one = stored[message_id]
        assert one.number == seen.get(one.conversation, 0) + 1
        seen[one.conversation] = one.number
    deleted = {str(message_id) for kind, message_id in events if kind == "message.deleted"}
    assert deleted == {key for key, one in stored.items() if one.deleted_at}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_neither_holds_up_a_writer_nor_begins_again_when_something_is_written(app, cast, instance, monkeypatch):
    monkeypatch.setattr(sqlite, "STEP_PAGES", 4)
    left = []

    def tell(doing, done, total):
        if doing == "Copying":
            assert len(left) < 200, "it begins again and again"
            left.append(total - done)
            cast.ana.say("meanwhile", group=cast.den)

    with app.app_context():
        backups.backup(instance / "one", tell)
    assert len(left) > 5
    assert left == sorted(left, reverse=True)
