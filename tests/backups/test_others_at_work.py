"""A restore of PostgreSQL while others use its tables: it gets its turn, and they never see an empty database."""

import random
import threading
import time
from contextlib import closing, contextmanager

import psycopg2
import pytest
from databases import postgresql_only

TABLES = ("users", "devices", "groups", "group_members", "conversations", "messages", "events", "server")


@pytest.fixture
def path(flask, tmp_path, app, cast):
    flask("backup", tmp_path / "saved")
    return tmp_path / "saved"


@postgresql_only
def test_who_looks_with_a_snapshot_from_before_sees_what_was_restored(flask, path, database_url):
    other = psycopg2.connect(database_url)
    other.set_session(isolation_level="REPEATABLE READ")
    cursor = other.cursor()
    cursor.execute("SELECT 1")  # the snapshot is of this moment
    flask("restore", path)
    counts = {}
    for table in TABLES:
        cursor.execute(f"SELECT count(*) FROM {table}")
        counts[table] = cursor.fetchone()[0]
    other.close()
    assert counts["server"] == 1
    assert min(counts[table] for table in ("users", "groups", "group_members")) > 0


@postgresql_only
def test_among_many_who_hold_one_table_and_want_another_it_gets_its_turn(flask, path, database_url):
    with many(database_url, 8) as cut_off:
        time.sleep(0.5)
        begun = time.monotonic()
        flask("restore", path)
        took = time.monotonic() - begun
    assert took < 10, took
    assert cut_off, "nobody was in the way"


@contextmanager
def many(database_url, count):
    """Others who read all tables in any order, each table a moment after the one before, and come back when they are cut off."""
    stop, cut_off = threading.Event(), []

    def read():
        while not stop.is_set():
            try:
                with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
                    while not stop.is_set():
                        for table in random.sample(TABLES, len(TABLES)):
                            cursor.execute(f"SELECT count(*) FROM {table}")
                            time.sleep(0.005)
                        connection.commit()
            except psycopg2.Error as error:
                cut_off.append(error)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(count)]
    for reader in readers:
        reader.start()
    try:
        yield cut_off
    finally:
        stop.set()
        for reader in readers:
            reader.join()
