"""Files that are there whole or not at all, and what kind of backup a file is."""

import contextlib
import os
import secrets
import stat

from ..errors import DomainError

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
STARTS = {b"SQLite format 3\0": "sqlite", b"PGDMP": "postgresql"}
COMPANIONS = ("", "-journal", "-wal", "-shm")


class BackupError(DomainError):
    """A backup cannot be made or restored; the detail says why."""

    code = "backup"


@contextlib.contextmanager
def new_file(path, replace=False):
    """Yield the path of an empty file beside ``path``, for the owner's eyes only; after the block it is ``path``, on the disk.

    Raises BackupError when there is something at ``path``, unless it is a file that ``replace`` allows to replace.
    """
    if path.exists() or path.is_symlink():
        if not replace:
            raise BackupError(f"{path} is there already. Choose another name, or say --replace.")
        if path.is_symlink() or not path.is_file():
            raise BackupError(f"{path} is not a plain file.")
    with draft_beside(path) as draft:
        yield draft
        with open(draft, "rb") as file:
            os.fsync(file.fileno())
        if replace:
            os.replace(draft, path)
        else:
            _name(draft, path)
        _sync_folder(path.parent)


@contextlib.contextmanager
def draft_beside(path):
    """Yield the path of an empty file in the folder of ``path`` that is gone after the block."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
    finally:
        for end in COMPANIONS:
            draft.with_name(draft.name + end).unlink(missing_ok=True)


def free_name(path):
    """Return the path, or with the first number at its end under which there is nothing yet."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free


def kind_of(path):
    """Return which kind of database a file is a backup of: a key of KINDS. Raises BackupError for any other file, OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise BackupError(f"{path} is not a plain file.")
    with open(path, "rb") as file:
        start = file.read(16)
    for mark, kind in STARTS.items():
        if start.startswith(mark):
            return kind
    raise BackupError(f"{path} is not a backup.")


def _name(draft, path):
    try:
        os.link(draft, path)  # unlike a rename it does not replace what somebody else put there meanwhile
    except FileExistsError:
        raise BackupError(f"{path} is there already.") from None
    except OSError:  # a file system without links
        os.rename(draft, path)


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
