"""The commands that call one deed and print."""

import shutil
import sqlite3
from contextlib import closing

import click
import flask_migrate
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext

from .. import access, demo
from ..actions import profile, sessions
from ..errors import DomainError
from ..extensions import db, migrations_folder
from ..jobs import scheduler
from ..models import JobRun, user
from ..ready import address, greet
from ..signing_in import setup_token


@click.command()
@with_appcontext
def prepare():
    """Bring the database to the newest schema and print where the chat is."""
    if _behind():
        _copy_sqlite()
        flask_migrate.upgrade()
    greet(current_app.config)
    if not access.has_accounts():
        click.echo(f"Make the first account: {_setup_link()}")


@click.command("setup-link")
@with_appcontext
def setup_link():
    """Print the link with which the first account is made."""
    if access.has_accounts():
        raise click.ClickException("This server was set up already.")
    click.echo(_setup_link())


@click.command("reset-password")
@click.argument("username")
@with_appcontext
def reset_password(username):
    """Print a one-time link with which USERNAME (or an address) chooses a new password. It lasts 30 minutes."""
    click.echo(f"{address(current_app.config)}/reset/{_tried(profile.create_reset, username)}")


@click.command()
@click.argument("username")
@click.argument("name")
@with_appcontext
def token(username, name):
    """Print an API token called NAME for USERNAME (or an address)."""
    found = db.session.execute(user.with_login(username.strip().lower())).scalar_one_or_none()
    if found is None or found.deactivated_at is not None:
        raise click.ClickException("There is no active account with this name.")
    click.echo(_tried(sessions.create_token, found.id, name)[0])


@click.command()
@with_appcontext
def worker():
    """Run the jobs in this process, for web workers with SCHEDULER=off."""
    scheduler.run_forever(current_app._get_current_object())


@click.command()
@with_appcontext
def jobs():
    """Tell when each job ran last, for how long, and how it ended."""
    for run in db.session.execute(sa.select(JobRun).order_by(JobRun.name)).scalars():
        seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
        click.echo(f"{run.name:26} {run.started_at:%Y-%m-%d %H:%M:%S} UTC  {seconds:7.3f} s  {run.outcome or '-'}  ({run.failures} failures)")


@click.command("demo")
@with_appcontext
def fill_demo():
    """Fill an empty server with a small company, to look around."""
    if access.has_accounts():
        raise click.ClickException("There are accounts already. The demo is for an empty server.")
    _keep_time()
    for line in demo.fill():
        click.echo(line)


ALL = (prepare, setup_link, reset_password, token, worker, jobs, fill_demo)


def _tried(deed, *arguments):
    _keep_time()
    try:
        return deed(*arguments)
    except DomainError as error:
        raise click.ClickException(" ".join((error.errors or {"": error.detail}).values())) from None


def _keep_time():
    """Go by the database's clock: this host's may be another, and no tail corrects it here."""
    current_app.extensions["feed"].keep_time()


def _setup_link():
    return f"{address(current_app.config)}/setup#token={setup_token(current_app.config['SECRET_KEY'])}"


def _behind():
    with db.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here != ScriptDirectory(migrations_folder()).get_current_head()


def _copy_sqlite():
    """Keep a copy of a SQLite file that holds something before its schema changes."""
    if db.engine.dialect.name != "sqlite":
        return
    path = db.engine.url.database
    with closing(sqlite3.connect(path)) as source:
        if source.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            with closing(sqlite3.connect(f"{path}.before-upgrade")) as copy:
                source.backup(copy)
            shutil.copymode(path, f"{path}.before-upgrade")
