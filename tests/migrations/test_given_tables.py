"""The six given tables have the given columns with the given types, and plain SQL that knows only these works."""

import datetime
import uuid

import pytest
import sqlalchemy as sa

ID, NAME, WORD, TIME, TRUTH, JSON = "id", "varchar(255)", "text", "time", "truth", "json"
GIVEN = {
    "users": {"id": ID, "name": NAME, "username": NAME, "email": NAME, "password": NAME, "created_at": TIME, "updated_at": TIME},
    "user_status": {
        "user_id": ID,
        "manual_status": WORD,
        "auto_status": WORD,
        "invisible": TRUTH,
        "last_seen": TIME,
        "devices": JSON,
        "updated_at": TIME,
    },
    "groups": {"id": ID, "name": NAME, "created_at": TIME, "is_primary": TRUTH},
    "messages": {"id": ID, "content": WORD, "created_at": TIME, "sender_id": ID, "receiver_id": ID, "group_id": ID},
    "group_members": {"id": ID, "user_id": ID, "group_id": ID, "joined_at": TIME},
    "group_invites": {"id": ID, "group_id": ID, "created_at": TIME, "expires_at": TIME},
}
REFERENCES = {
    "user_status": {"user_id": "users"},
    "messages": {"sender_id": "users", "receiver_id": "users", "group_id": "groups"},
    "group_members": {"user_id": "users", "group_id": "groups"},
    "group_invites": {"group_id": "groups"},
}
POSTGRESQL = {ID: "UUID", NAME: "VARCHAR(255)", WORD: "TEXT", TIME: "TIMESTAMP WITH TIME ZONE", TRUTH: "BOOLEAN", JSON: "JSONB"}
SQLITE = {ID: "CHAR(36)", NAME: "VARCHAR(255)", WORD: "TEXT", TIME: "TIMESTAMP", TRUTH: "BOOLEAN", JSON: "JSON"}


@pytest.fixture
def found(outside):
    """What the database says of its tables."""
    return sa.inspect(outside.engine)


def spelled(outside, column):
    if not outside.lite and isinstance(column["type"], sa.TIMESTAMP):
        return "TIMESTAMP WITH TIME ZONE" if column["type"].timezone else "TIMESTAMP WITHOUT TIME ZONE"
    return str(column["type"].compile(outside.engine.dialect))


@pytest.mark.parametrize("table", GIVEN)
def test_a_given_table_has_its_columns_and_extra_ones_need_no_value(outside, found, table):
    types = SQLITE if outside.lite else POSTGRESQL
    columns = {column["name"]: column for column in found.get_columns(table)}
    assert {name: spelled(outside, columns[name]) for name in GIVEN[table]} == {name: types[kind] for name, kind in GIVEN[table].items()}
    assert [name for name, one in columns.items() if name not in GIVEN[table] and not one["nullable"] and one["default"] is None] == []
    key = "user_id" if table == "user_status" else "id"
    assert found.get_pk_constraint(table)["constrained_columns"] == [key]
    assert {
        one["constrained_columns"][0]: one["referred_table"] for one in found.get_foreign_keys(table) if one["constrained_columns"][0] in GIVEN[table]
    } == REFERENCES.get(table, {})


def test_what_is_unique_is_unique_by_the_given_columns(found):
    assert {tuple(one["column_names"]) for one in found.get_unique_constraints("users")} == {("username",), ("email",)}
    assert [one["column_names"] for one in found.get_unique_constraints("group_members")] == [["user_id", "group_id"]]
    (primary,) = [one for one in found.get_indexes("groups") if one["name"] == "uq_groups_primary"]
    assert primary["unique"]
    assert any("is_primary" in str(part) for part in primary["dialect_options"].values())


def test_sql_that_gives_every_given_column_is_taken_as_it_is(outside):
    at = "2026-01-02 03:04:05.678901" + ("" if outside.lite else "+00")
    ana, ben, den, *ids = (str(uuid.uuid4()) for _ in range(8))
    person = "INSERT INTO users (id, name, username, email, password, created_at, updated_at) VALUES (:id, :name, :name, :name, 'x', :at, :at)"
    outside.run(person, id=ana, name="ana", at=at)
    outside.run(person, id=ben, name="ben", at=at)
    outside.run("INSERT INTO groups (id, name, created_at, is_primary) VALUES (:id, 'den', :at, false)", id=den, at=at)
    rows = {
        "group_members": {"id": ids[0], "user_id": ana, "group_id": den, "joined_at": at},
        "group_invites": {"id": ids[1], "group_id": den, "created_at": at, "expires_at": at},
        "messages": {"id": ids[2], "content": "hi", "created_at": at, "sender_id": ana, "receiver_id": None, "group_id": den},
    }
    for table, row in rows.items():
        assert list(row) == list(GIVEN[table])
        outside.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", **row)
        kept = outside.run(f"SELECT {', '.join(row)} FROM {table} WHERE id = :id", id=row["id"])
        written = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC)
        assert kept == [tuple(written if value == at and not outside.lite else value for value in row.values())]
    outside.run("UPDATE user_status SET manual_status = 'hi', auto_status = 'idle', invisible = true, devices = '{}' WHERE user_id = :ana", ana=ana)
    told = outside.run("SELECT manual_status, auto_status, invisible FROM user_status WHERE user_id = :ana", ana=ana)
    assert told == [("hi", "idle", True)]


def test_ids_made_by_the_database_follow_time_and_those_of_invites_are_random(outside):
    den = outside.group("den")
    users = [outside.user(f"user{number}") for number in range(20)]
    outside.say("hi", users[0], group=den)
    outside.run("INSERT INTO group_members (user_id, group_id) VALUES (:user, :den)", user=users[0], den=den)
    made = [den, *users, *(one for (one,) in outside.run("SELECT id FROM messages UNION ALL SELECT id FROM group_members"))]
    now = datetime.datetime.now(datetime.UTC).timestamp()
    for one in map(uuid.UUID, made):
        assert (one.version, one.variant) == (7, uuid.RFC_4122)
        assert abs((one.int >> 80) / 1000 - now) < 60
    for _ in range(20):
        outside.run("INSERT INTO group_invites (group_id, expires_at) SELECT id, created_at FROM groups WHERE id = :den", den=den)
    invites = [uuid.UUID(one) for (one,) in outside.run("SELECT id FROM group_invites")]
    assert {(one.version, one.variant) for one in invites} == {(4, uuid.RFC_4122)}
    assert len({one.int >> 96 for one in invites}) == 20
