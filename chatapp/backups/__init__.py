"""The whole database into a file and back, while the server runs. A restored database begins a new epoch."""

import contextlib
import sqlite3
from pathlib import Path

import psycopg2
import sqlalchemy as sa
from flask import current_app

from . import postgres, sqlite
from .files import KINDS, BackupError, kind_of

__all__ = ["BackupError", "backup", "restore"]


def backup(path, tell, replace=False):
    """Write everything that is committed now into a new file, checked and on the disk before it has its name. Returns its bytes.

    ``tell(doing, done, total)`` hears of the progress; a total may be None. ``replace``: a file may be there already; it is
    replaced at once when the new one is complete. Raises BackupError.
    """
    path = Path(path).absolute()
    with _plainly():
        _kind().backup(current_app.config, path, replace, tell)
        return path.stat().st_size


def restore(path, tell):
    """Let the database be what a backup holds, in one transaction; older schemas are brought up to date in it.

    Returns the path of the file in which the replaced database is kept, or None where there was none. Raises BackupError:
    then nothing has changed.
    """
    path = Path(path).absolute()
    with _plainly():
        found, wanted = kind_of(path), "sqlite" if _kind() is sqlite else "postgresql"
        if found != wanted:
            raise BackupError(f"{path} is a backup of {KINDS[found]}, and DATABASE_URL names {KINDS[wanted]}.")
        kept = _kind().restore(current_app.config, path, tell)
    current_app.extensions["feed"].committed(())
    return kept


def _kind():
    return sqlite if current_app.config["DATABASE_URL"].startswith("sqlite") else postgres


@contextlib.contextmanager
def _plainly():
    """Say in one sentence what the system or the database had to say."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"{error.filename2 or error.filename or 'The file'}: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise BackupError(f"SQLite says: {error}.") from error
    except (psycopg2.Error, sa.exc.SQLAlchemyError) as error:
        said = str(getattr(error, "orig", None) or error).strip() or error.__class__.__name__
        raise BackupError(f"The database says: {said.splitlines()[0]}.") from error
