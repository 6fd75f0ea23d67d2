"""Commands of the shell."""

from flask.cli import AppGroup


class Commands(AppGroup):
    """The commands, imported when one is asked for: servers never ask, and backups and upgrades need much that they do not."""

    def __init__(self, app):
        super().__init__(app.name)
        self._app = app

    def list_commands(self, ctx):
        """Return the commands' names."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx, cmd_name):
        """Return the command of a name, or None."""
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self):
        from . import backups, commands

        _ = self._app.extensions["migrate"].migrate  # made now, and with it ``flask db``
        for command in (*commands.ALL, *backups.ALL):
            self.add_command(command)


def install(app):
    """Give ``flask`` the commands."""
    app.cli = Commands(app)
