"""Every conversation numbers its messages 1, 2, 3 … without holes, whoever writes them and whatever fails."""

import itertools
import random
import threading
import uuid

import pytest
import sqlalchemy as sa
from outside import Outside

INSERT = "INSERT INTO messages (id, content, sender_id, receiver_id, group_id) VALUES (:id, :content, :sender, :receiver, :group)"


@pytest.fixture
def conversations(outside):
    """Two groups and a direct conversation of two people, as what a message row says of them."""
    ana, ben = outside.user("ana"), outside.user("ben")
    groups = [outside.group(name) for name in ("den", "pit")]
    return [{"sender": ana, "receiver": None, "group": group} for group in groups] + [{"sender": ana, "receiver": ben, "group": None}]


def row(place, message_id=None):
    return {**place, "id": message_id or str(uuid.uuid4()), "content": "hello"}


def numbers(outside):
    """Return {conversation: its messages' numbers} and check them against the counters."""
    rows = outside.run("SELECT conversation, number FROM messages ORDER BY conversation, number")
    found = {key: [number for _, number in some] for key, some in itertools.groupby(rows, key=lambda one: one[0])}
    assert dict(outside.run("SELECT key, last_number FROM conversations WHERE last_number > 0")) == {key: some[-1] for key, some in found.items()}
    return found


def gapless(outside):
    """Return how many messages each conversation has, after a look at their numbers."""
    found = numbers(outside)
    assert all(some == list(range(1, len(some) + 1)) for some in found.values()), found
    return sorted(len(some) for some in found.values())


def test_both_people_of_a_direct_conversation_share_its_numbers(outside):
    ana, ben = outside.user("ana"), outside.user("ben")
    assert [outside.say(f"{turn}", sender, to=to) for turn, (sender, to) in enumerate([(ana, ben), (ben, ana), (ana, ben)])] == [1, 2, 3]
    assert outside.say("a note to myself", ana, to=ana) == 1
    directs = outside.run("SELECT user_id, partner_id, conversation FROM directs")
    low, high = sorted((ana, ben))
    assert sorted(directs) == sorted([(ana, ben, f"direct:{low}:{high}"), (ben, ana, f"direct:{low}:{high}"), (ana, ana, f"direct:{ana}:{ana}")])


def test_an_insert_that_gives_way_to_a_row_that_is_there_takes_no_number(outside, conversations):
    known = str(uuid.uuid4())
    for place in conversations[:2]:
        for _ in range(3):  # as an import does that may be run again
            outside.run(INSERT + " ON CONFLICT DO NOTHING", **row(place, known))
        outside.run(INSERT + " ON CONFLICT (id) DO UPDATE SET content = 'again'", **row(place, known))
        outside.run(INSERT, **row(place))
    assert gapless(outside) == [1, 2]


def test_one_statement_may_insert_many_messages(outside, conversations):
    many = "INSERT INTO messages (content, sender_id, group_id) SELECT 'copied', sender_id, group_id FROM messages"
    outside.run(INSERT, **row(conversations[0]))
    outside.run(INSERT, **row(conversations[1]))
    for _ in range(3):
        outside.run(many)
    assert gapless(outside) == [8, 8]


def test_a_rolled_back_insert_gives_its_number_back(outside, conversations):
    with outside.engine.connect() as connection:
        for place in conversations:
            connection.execute(sa.text(INSERT), row(place))
            with connection.begin_nested() as savepoint:
                connection.execute(sa.text(INSERT), row(place))
                savepoint.rollback()
            connection.execute(sa.text(INSERT), row(place))
        connection.commit()
        connection.execute(sa.text(INSERT), row(conversations[0]))
        connection.rollback()
    assert gapless(outside) == [2, 2, 2]


def test_many_connections_that_write_fail_and_give_way_at_once_leave_no_hole(outside, conversations, database_url, size):
    threads, rounds = 6, size(25, 400)
    shared = [str(uuid.uuid4()) for _ in range(rounds)]  # every thread tries to insert these too
    problems, kept, start = [], [], threading.Barrier(threads)

    def work(seed):
        dice = random.Random(seed)
        connection = Outside(database_url).engine.connect().execution_options()
        try:
            start.wait(30)
            for turn in range(rounds):
                kept.append(attempt(connection, dice, shared[turn]))
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    def attempt(connection, dice, known):
        """Insert some messages in one transaction, in one of the ways that end well or badly; return how many stay."""
        if outside.lite:
            connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        place = dice.choice(conversations)
        for _ in range(dice.randint(1, 3)):
            connection.execute(sa.text(INSERT), row(place))
        connection.execute(sa.text(INSERT + " ON CONFLICT DO NOTHING"), row(place, known))
        if dice.random() < 0.4:
            connection.rollback()
            return 0
        connection.commit()
        return 1

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(threads)]
    [one.start() for one in workers]
    [one.join() for one in workers]
    assert problems == []
    assert sum(gapless(outside)) >= sum(kept) > 0
