"""Commands of the shell."""

from . import backups, commands

ALL = (
    commands.prepare,
    commands.setup_link,
    commands.reset_password,
    commands.token,
    commands.worker,
    commands.jobs,
    commands.fill_demo,
    backups.write_backup,
    backups.restore_backup,
)


def install(app):
    """Add the commands to ``flask``."""
    for command in ALL:
        app.cli.add_command(command)
