"""Backups of a SQLite file: by SQLite's online backup, in steps under one snapshot.

Without a snapshot of its own the online backup begins again with every commit of another process: on a busy server it never
ends. With one, writers are not held up either, for they write into the log; that alone cannot shrink meanwhile.
"""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from ..database.lock import WriteLock
from .files import BackupError, draft_beside, free_name, new_file
from .schema import bring_up_to_date, new_epoch, require_known

STEP_PAGES = 256
PATIENCE_SECONDS = 15
WAL_VERSION = 2
VERSION_BYTE = 18


def backup(config, path, replace, tell):
    """Write the database into one file that needs no other."""
    place = _place(config)
    if path.resolve() in (place.resolve(), Path(f"{place}.lock").resolve()):
        raise BackupError(f"{path} is the database itself.")
    if not place.exists():
        raise BackupError(f"There is no database at {place}.")
    with new_file(path, replace) as draft:
        _copy(place, draft, "Copying", tell)
        _check(draft, path, tell)
        require_known(path, _revision(draft))


def restore(config, path, tell):
    """Put a backup's content into the database file, under the eyes of whoever has it open. Returns the path of the copy of
    what was there, or None."""
    place = _place(config)
    if _log_is_apart(path):
        raise BackupError(f"{path} was copied from a running database and may lack its newest messages. Make backups by  flask backup FILE .")
    with draft_beside(place) as work:
        _copy(path, work, "Reading", tell)
        _check(work, path, tell)
        require_known(path, _revision(work))
        _renew(work)
        line = WriteLock(f"{place}.lock")
        line.acquire()  # from here nobody writes: what is kept is the last that was acknowledged
        try:
            kept = _keep(place, tell)
            _put(work, place, tell)
        finally:
            line.release()
    return kept


def _place(config):
    return Path(sa.make_url(config["DATABASE_URL"]).database)


def _open(path, mode="rw"):
    return contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=PATIENCE_SECONDS))


def _copy(source, target, doing, tell):
    with _open(source) as live, _open(target) as copy:
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # an unfinished copy is thrown away, a finished one is synced once
            copy.execute("PRAGMA " + pragma)
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with the first look
        _step_on(live, copy, doing, tell)
    with _open(target) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")  # the copy says that its log is a file apart, as the original's is


def _step_on(source, target, doing, tell):
    source.backup(target, pages=STEP_PAGES, progress=lambda _, left, total: tell(doing, total - left, total))


def _check(copy, path, tell):
    tell("Checking", 0, None)
    with _open(copy) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(f"{path} is damaged: {' '.join(found.split()).rstrip('.')}.")


def _revision(copy):
    with _open(copy) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        row = {"alembic_version", "server"} <= names and connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None


def _renew(work):
    """Give a copy that nobody else sees the newest schema and an epoch of its own: both come with the data, at once."""
    engine = sa.create_engine(f"sqlite:///{work}", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        bring_up_to_date(connection)
    with _open(work) as connection:
        connection.execute("UPDATE server SET epoch = ?", (new_epoch(),))


def _keep(place, tell):
    if not place.exists() or place.stat().st_size == 0:
        return None
    kept = free_name(Path(f"{place}.before-restore"))
    with new_file(kept) as draft:
        _copy(place, draft, "Keeping", tell)
    shutil.copymode(place, kept)
    return kept


def _put(work, place, tell):
    with _open(place, "rwc") as live:
        _agree_on_pages(work, live)
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("PRAGMA synchronous=FULL")
        live.execute("BEGIN IMMEDIATE")  # a shell that writes past our line is told of, instead of being waited for for ever
        live.execute("ROLLBACK")
        with _open(work) as source:
            _step_on(source, live, "Writing", tell)
        live.execute("PRAGMA busy_timeout=2000")
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # now, while nobody writes, and not in the next commit of a worker


def _agree_on_pages(work, live):
    """A log holds pages of one size: that of the file which is there."""
    empty = live.execute("PRAGMA page_count").fetchone()[0] == 0
    with _open(work) as copy:
        if empty:
            live.execute(f"PRAGMA page_size={copy.execute('PRAGMA page_size').fetchone()[0]}")
        elif (size := live.execute("PRAGMA page_size").fetchone()[0]) != copy.execute("PRAGMA page_size").fetchone()[0]:
            copy.execute(f"PRAGMA page_size={size}")
            copy.execute("VACUUM")


def _log_is_apart(path):
    with open(path, "rb") as file:
        return file.read(VERSION_BYTE + 1)[VERSION_BYTE:] == bytes([WAL_VERSION])
