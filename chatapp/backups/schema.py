"""Which schema a backup has, and how an older one is brought up to date before anybody sees it."""

import secrets

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from ..extensions import migrations_folder
from .files import BackupError


def require_known(path, revision):
    """Raise BackupError when a backup's schema is none that this program knows. ``revision``: None where there is none."""
    if revision is None:
        raise BackupError(f"{path} holds no chat.")
    try:
        ScriptDirectory(migrations_folder()).get_revision(revision)
    except CommandError:
        raise BackupError(f"{path} was made by a newer chatapp (schema {revision}). Restore it with that one.") from None


def bring_up_to_date(connection):
    """Upgrade the schema of a SQLAlchemy connection's database to the newest, in its transaction if it has begun one."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def new_epoch():
    """Return an epoch that no database had before: 63 random bits."""
    return secrets.randbits(63)
