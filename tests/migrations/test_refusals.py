"""What the database itself refuses, whoever asks."""

import uuid

import pytest
import sqlalchemy as sa
from outside import Outside

HALL = "(SELECT id FROM groups WHERE is_primary)"
ANA = "(SELECT id FROM users WHERE username = 'ana')"
BEN = "(SELECT id FROM users WHERE username = 'ben')"
DEN = "(SELECT id FROM groups WHERE name = 'den')"
GONE = "(SELECT id FROM groups WHERE name = 'gone')"
FIRST = "content = 'first'"

REFUSED = {
    "a message to nobody": f"INSERT INTO messages (content, sender_id) VALUES ('x', {ANA})",
    "a message to a group and a person": f"INSERT INTO messages (content, sender_id, receiver_id, group_id) VALUES ('x', {ANA}, {BEN}, {DEN})",
    "a message from nobody": f"INSERT INTO messages (content, group_id) VALUES ('x', {DEN})",
    "a message to a deleted group": f"INSERT INTO messages (content, sender_id, group_id) VALUES ('x', {ANA}, {GONE})",
    "a message redirected to a person too": f"UPDATE messages SET receiver_id = {BEN} WHERE {FIRST}",
    "a message moved to another group": f"UPDATE messages SET group_id = {HALL} WHERE {FIRST}",
    "a message moved from a group to a person": f"UPDATE messages SET group_id = NULL, receiver_id = {BEN} WHERE {FIRST}",
    "a message given to another sender": f"UPDATE messages SET sender_id = {BEN} WHERE {FIRST}",
    "a message given another number": f"UPDATE messages SET number = 7 WHERE {FIRST}",
    "a message that loses its number": f"UPDATE messages SET number = NULL WHERE {FIRST}",
    "a message put into another conversation": f"UPDATE messages SET conversation = 'group:x' WHERE {FIRST}",
    "a message that loses its conversation": f"UPDATE messages SET conversation = NULL, number = NULL WHERE {FIRST}",
    "an unknown auto_status": f"UPDATE user_status SET auto_status = 'asleep' WHERE user_id = {ANA}",
    "no auto_status": f"UPDATE user_status SET auto_status = NULL WHERE user_id = {ANA}",
    "a new status that is unknown": f"INSERT INTO user_status (user_id, auto_status) VALUES ({ANA}, 'Online')",
    "devices as text": f"UPDATE user_status SET devices = '\"phone\"' WHERE user_id = {ANA}",
    "devices as a number": f"UPDATE user_status SET devices = '5' WHERE user_id = {ANA}",
    "devices as null": f"UPDATE user_status SET devices = 'null' WHERE user_id = {ANA}",
    "devices that are no JSON": f"UPDATE user_status SET devices = '{{phone' WHERE user_id = {ANA}",
    "a second primary group": "INSERT INTO groups (name, is_primary) VALUES ('second', true)",
    "a second group made primary": f"UPDATE groups SET is_primary = true WHERE id = {DEN}",
    "a primary group that is one no more": "UPDATE groups SET is_primary = false WHERE is_primary",
    "deleting the primary group": "DELETE FROM groups WHERE is_primary",
    "hiding the primary group": "UPDATE groups SET deleted_at = created_at WHERE is_primary",
    "leaving the primary group": f"DELETE FROM group_members WHERE user_id = {BEN} AND group_id = {HALL}",
    "leaving the primary group for another": f"UPDATE group_members SET group_id = {DEN} WHERE user_id = {BEN} AND group_id = {HALL}",
    "a membership given to somebody else": f"UPDATE group_members SET user_id = {BEN} WHERE user_id = {ANA} AND group_id = {DEN}",
    "a second membership": f"INSERT INTO group_members (user_id, group_id) VALUES ({ANA}, {DEN})",
    "a second membership of the primary group": f"INSERT INTO group_members (user_id, group_id) VALUES ({ANA}, {HALL})",
    "an unknown role": f"UPDATE group_members SET role = 'king' WHERE user_id = {ANA}",
    "a second status of a person": f"INSERT INTO user_status (user_id) VALUES ({ANA})",
    "a username that is taken": "INSERT INTO users (name, username, email, password) VALUES ('x', 'ana', 'other', 'x')",
    "an address that is taken": "INSERT INTO users (name, username, email, password) VALUES ('x', 'other', 'ana@example.org', 'x')",
    "a second row of the server": "INSERT INTO server (id, epoch) VALUES (2, 1)",
}


@pytest.fixture
def outside(outside):
    """An outside program in a database with ana and ben; ana is in the den and spoke there; a group that is gone."""
    ana, den, gone = outside.user("ana"), outside.group("den"), outside.group("gone")
    outside.user("ben")
    outside.run("INSERT INTO group_members (user_id, group_id) VALUES (:ana, :den)", ana=ana, den=den)
    outside.run("UPDATE groups SET deleted_at = created_at WHERE id = :gone", gone=gone)
    outside.say("first", ana, group=den)
    return outside


def content(outside):
    tables = ("users", "user_status", "groups", "messages", "group_members", "group_invites", "conversations", "directs", "server")
    return {table: outside.run(f"SELECT * FROM {table} ORDER BY 1") for table in tables}


def refused(outside, attack):
    try:
        outside.run(attack)
    except (sa.exc.IntegrityError, sa.exc.DataError):
        return True
    return False


def test_the_database_refuses_every_attack_on_what_always_holds(outside):
    before = content(outside)
    assert [name for name, attack in REFUSED.items() if not refused(outside, attack)] == []
    assert content(outside) == before


def test_one_message_is_stored_for_one_client_id(outside):
    send = f"INSERT INTO messages (content, sender_id, client_id, group_id, receiver_id) VALUES ('x', :sender, :client, {DEN}, NULL)"
    direct = f"INSERT INTO messages (content, sender_id, client_id, receiver_id) VALUES ('x', :sender, :client, {BEN})"
    ana, ben = (outside.one(f"SELECT {one}") for one in (ANA, BEN))
    client = str(uuid.uuid4())
    outside.run(send, sender=ana, client=client)
    for again in (send, direct):
        with pytest.raises(sa.exc.IntegrityError):
            outside.run(again, sender=ana, client=client)
    outside.run(send, sender=ben, client=client)
    assert outside.run(f"SELECT number FROM messages WHERE group_id = {DEN} ORDER BY 1") == [(1,), (2,), (3,)]


def test_a_conversation_never_repeats_a_number_that_an_insert_asks_for(outside):
    ana, den = (outside.one(f"SELECT {one}") for one in (ANA, DEN))
    ask = f"INSERT INTO messages (content, sender_id, group_id, conversation, number) VALUES ('asks', {ANA}, {DEN}, 'group:other', 1)"
    assert refused(outside, ask) is outside.lite  # SQLite cannot change what is inserted; PostgreSQL puts it right
    outside.say("next", ana, group=den)
    numbers = outside.run("SELECT conversation, number, content FROM messages ORDER BY number")
    said = ["first", "next"] if outside.lite else ["first", "asks", "next"]
    assert numbers == [(f"group:{den}", number, content) for number, content in enumerate(said, 1)]


MALFORMED_IDS = (
    "0190A5F0-0000-7000-8000-000000000001",
    "0190a5f0000070008000000000000001",
    "0190a5f0-0000-7000-8000-00000000000g",
    "0190a5f0-0000-7000-8000-0000000000012",
    "0190a5f0-0000-7000-80000-00000000001",
    "",
)
MALFORMED_TIMES = (
    "2026-01-02T03:04:05.000000",
    "2026-01-02 03:04:05",
    "2026-01-02 03:04:05.000",
    "2026-01-02 03:04:05.000000Z",
    "2026-01-02 03:04:05.000000+00:00",
    "2026-13-02 03:04:05.000000",
    "2026-02-30 03:04:05.000000",
    "2026-01-02 24:04:05.000000",
    "2026-01-02 03:04:61.000000",
    "0000-01-02 03:04:05.000000",
    "now",
    "",
)
SAMPLES = {"CHAR(36)": MALFORMED_IDS[0].lower(), "TIMESTAMP": "2026-01-02 03:04:05.000000", "INTEGER": 1, "TEXT": "x"}
SAMPLES |= {f"VARCHAR({size})": "x" for size in (40, 64, 80, 255)}
MORE = {"devices": {"kind": "token"}, "messages": {"group_id": SAMPLES["CHAR(36)"]}, ("messages", "receiver_id"): {}}


@pytest.fixture
def lite(sqlite, instance):
    """An outside program on SQLite, where a column takes anything that no CHECK refuses."""
    with sqlite.fresh(instance) as url:
        yield Outside(url)


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
def test_on_sqlite_the_primary_group_cannot_be_replaced(lite, foreign_keys):
    eva, den, hall = lite.user("eva"), lite.group("den"), lite.one("SELECT id FROM groups WHERE is_primary")
    attacks = {
        "INSERT OR REPLACE INTO groups (name, is_primary) VALUES ('mine', true)": {},
        "INSERT OR REPLACE INTO groups (id, name) VALUES (:hall, 'mine')": {"hall": hall},
        "UPDATE OR REPLACE groups SET is_primary = true WHERE id = :den": {"den": den},
        "UPDATE OR REPLACE groups SET id = :hall WHERE id = :den": {"hall": hall, "den": den},
        "UPDATE OR REPLACE groups SET id = :den WHERE id = :hall": {"hall": hall, "den": den},
    }
    for attack, values in attacks.items():
        with lite.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA foreign_keys = {foreign_keys}")
            with pytest.raises(sa.exc.IntegrityError):
                connection.execute(sa.text(attack), values)
    assert lite.run("SELECT id, name, is_primary FROM groups ORDER BY is_primary") == [(den, "den", 0), (hall, "Everyone", 1)]
    assert lite.run("SELECT user_id, group_id FROM group_members") == [(eva, hall)]


def columns(lite, kind):
    """Return (table, column) of every column of a type in every table."""
    tables = [name for (name,) in lite.run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    return [(table, column) for table in tables for _, column, given, *_ in lite.run(f"PRAGMA table_info({table})") if given == kind]


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("CHAR(36)", MALFORMED_IDS, ("0190a5f0-0000-7000-8000-000000000001",)),
        ("TIMESTAMP", MALFORMED_TIMES, ("2026-02-28 23:59:59.999999", "2024-02-29 00:00:00.000000", "9999-12-31 23:59:59.999999")),
        ("BOOLEAN", (2, -1, "true", "yes"), (0, 1)),
    ],
)
def test_on_sqlite_every_column_takes_only_the_one_form_of_its_type(lite, kind, bad, good):
    found = columns(lite, kind)
    assert found
    for table, column in found:
        failed = f"CHECK constraint failed: ck_{table}_{column}_form"
        assert [value for value in bad if refusal(lite, table, column, value) != failed] == [], f"{table}.{column} took them"
        assert [value for value in good if refusal(lite, table, column, value) == failed] == [], f"{table}.{column} refused them"


def refusal(lite, table, column, value):
    """Return what SQLite says to a new row that is well-formed but, maybe, for one value."""
    row = {name: SAMPLES[kind] for _, name, kind, needed, default, _ in lite.run(f"PRAGMA table_info({table})") if needed and default is None}
    row |= MORE.get((table, column), MORE.get(table, {})) | {column: value}
    with lite.engine.connect() as connection:
        try:
            connection.execute(sa.text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})"), row)
        except sa.exc.IntegrityError as error:
            return str(error.orig)
    return ""
