"""Faults of the database: PostgreSQL crashes, backends are ended or stand still, SQLite's write lock is taken."""

import contextlib
import fcntl
import sqlite3
import time

import psycopg2
import sqlalchemy as sa

from .faults_ground import freeze

AWAY_SECONDS = (0.2, 3)
STOP_SECONDS = (1, 3)
LOCK_SECONDS = (1, 3)
TAKES_LOCK_WITHIN_SECONDS = 10
CLIENTS = "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"


def kill_postgresql(ground):
    """Let PostgreSQL crash, and start it again after a while: it recovers from its log."""
    postmaster, seconds = ground.cluster.pid, ground.seconds(*AWAY_SECONDS)
    ground.cluster.stop("QUIT")
    did = _refuses(ground)
    time.sleep(seconds)
    ground.cluster.start()
    return {"did": did and ground.cluster.pid != postmaster, "pid": postmaster, "seconds": seconds}


def terminate_backends(ground):
    """End a part of the connections to the database, or all."""
    share = ground.random.choice((0.3, 0.6, 1))
    with _connection(ground) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT pid {CLIENTS}")
        pids = [pid for (pid,) in cursor.fetchall() if ground.random.random() < share]
        cursor.execute("SELECT count(*) FROM unnest(%s::int[]) AS pid WHERE pg_terminate_backend(pid, 2000)", (pids,))
        ended = cursor.fetchone()[0]
    return {"did": ended > 0, "backends": ended}


def stop_backend(ground):
    """Let one backend stand still, if there is one that works: with whatever locks it holds."""
    with _connection(ground) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT pid {CLIENTS} ORDER BY state LIKE '%idle', state_change DESC NULLS LAST")
        pids = [pid for (pid,) in cursor.fetchall()]
    if not pids:
        return {"did": False}
    pid, seconds = pids[0] if ground.random.random() < 0.7 else ground.random.choice(pids), ground.seconds(*STOP_SECONDS)
    return {"did": freeze(pid, seconds), "pid": pid, "seconds": seconds}


def stop_postmaster(ground):
    """Let the postmaster stand still: connections there are go on, new ones wait."""
    pid, seconds = ground.cluster.pid, ground.seconds(*STOP_SECONDS)
    return {"did": freeze(pid, seconds), "pid": pid, "seconds": seconds}


def lock_sqlite(ground):
    """Hold the write lock of the database file for a while: standing in line like a worker, or past the line like a shell."""
    path, in_line, seconds = sa.make_url(ground.database_url).database, ground.random.random() < 0.5, ground.seconds(*LOCK_SECONDS)
    with contextlib.ExitStack() as stack:
        if in_line:
            lock = stack.enter_context(open(path + ".lock", "ab"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        connection = stack.enter_context(contextlib.closing(_open(path)))
        did = _begins(connection, TAKES_LOCK_WITHIN_SECONDS)
        if did:
            with contextlib.closing(_open(path)) as other:
                did = not _begins(other, 0)
            time.sleep(seconds)
            connection.rollback()
    return {"did": did, "in_line": in_line, "seconds": seconds}


def _connection(ground):
    connection = psycopg2.connect(ground.database_url, connect_timeout=10)
    connection.autocommit = True
    return contextlib.closing(connection)


def _refuses(ground):
    try:
        psycopg2.connect(ground.database_url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return True
    return False


def _open(path):
    return sqlite3.connect(path, timeout=0, isolation_level=None)


def _begins(connection, seconds):
    """Take the write lock, trying for so many seconds. Returns whether it was had."""
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.001)
