"""A server that may start as it is says so at once; whatever is missing sends the start another way."""

import os
import subprocess
import sys
from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from outside import Outside

from chatapp import ready
from chatapp.extensions import db, migrations_folder

ROOT = Path(__file__).parents[1]


@pytest.fixture
def said(app):
    """A function that asks as the start does, and returns (exit code, output)."""

    def run(**more):
        settings = {name: str(app.config[name]) for name in ("DATABASE_URL", "INSTANCE")} | more
        ended = subprocess.run(
            [sys.executable, "-m", "chatapp.ready"], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False
        )
        return ended.returncode, ended.stdout, ended.stderr

    return run


def test_a_server_with_an_account_may_start_and_says_where_it_is(said, cast):
    assert said() == (0, "chatapp: http://127.0.0.1:8000\n", "")
    assert said(BIND="0.0.0.0", PORT="80") == (0, "chatapp: http://0.0.0.0:80\n", ready.PLAIN_HTTP + "\n")


def test_who_has_no_account_yet_needs_the_link(said):
    assert said() == (ready.NOT_READY, "", "")


def test_another_schema_is_not_ready(said, cast, database_url):
    Outside(database_url).run("UPDATE alembic_version SET version_num = '0000'")
    assert said() == (ready.NOT_READY, "", "")


def test_no_schema_no_database_and_a_bad_setting_are_not_ready(said, app, instance):
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        db.engine.dispose()
    assert said() == said(DATABASE_URL="sqlite:///nothing.db") == said(DATABASE_URL="mysql://x") == (ready.NOT_READY, "", "")
    assert not (instance / "nothing.db").exists()


def test_it_knows_the_newest_migration_without_alembic(app, tmp_path):
    with app.app_context():
        assert ready.newest_revision() == ScriptDirectory(migrations_folder()).get_current_head()
    for name, before in (("a1", "None"), ("c3", '"b2"'), ("b2", '"a1"')):
        (tmp_path / f"{name}.py").write_text(f'"""x"""\n\nrevision = "{name}"\ndown_revision = {before}\n')
    assert ready.newest_revision(tmp_path) == "c3"


def test_it_loads_next_to_nothing():
    code = "import sys, chatapp.ready; print([name for name in ('flask', 'sqlalchemy', 'alembic', 'psycopg2', 'gevent') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
