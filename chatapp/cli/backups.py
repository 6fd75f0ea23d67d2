"""The commands that write the whole database into a file and bring it back."""

import click
from flask.cli import with_appcontext

from .. import backups
from .progress import Progress, readable


@click.command("backup")
@click.argument("file")
@click.option("--replace", is_flag=True, help="FILE may be there already; it is replaced when the new one is complete.")
@with_appcontext
def write_backup(file, replace):
    """Write the whole database into FILE, while the server runs."""
    size = _plainly(backups.backup, file, replace=replace)
    click.echo(f"{file}: {readable(size)}, checked. Keep it like a password: it holds every message.")


@click.command("restore")
@click.argument("file")
@with_appcontext
def restore_backup(file):
    """Let the database be what FILE holds, also while the server runs; what was there is kept in a file of its own."""
    kept = _plainly(backups.restore, file)
    click.echo(f"The chat is as it was when {file} was made; open pages read it anew.")
    if kept is not None:
        click.echo(f"What was there before is kept in {kept}.")


ALL = (write_backup, restore_backup)


def _plainly(deed, *arguments, **more):
    with Progress() as tell:
        try:
            return deed(*arguments, tell, **more)
        except backups.BackupError as error:
            raise click.ClickException(error.detail) from None
