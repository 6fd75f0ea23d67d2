"""The role for reports and a restore: it keeps its rights where it is known, and hinders nothing where it is not."""

import uuid

import pytest
from databases import postgresql_only
from outside import Outside

from chatapp.config import ROOT


@pytest.fixture
def role(database_url):
    """A role that has what docs/reporting.sql grants."""
    outside, name = Outside(database_url), f"reports {uuid.uuid4().hex[:8]}"
    grants = [line for line in (ROOT / "docs/reporting.sql").read_text().splitlines() if line.startswith("GRANT")]
    outside.run(f'CREATE ROLE "{name}" NOLOGIN')
    outside.run("\n".join(grants).replace("chatapp_reports", f'"{name}"'))
    yield name
    if outside.one("SELECT count(*) FROM pg_roles WHERE rolname = :name", name=name):
        outside.run(f'DROP OWNED BY "{name}"')
        outside.run(f'DROP ROLE "{name}"')


def may_read(outside, role):
    return [outside.one("SELECT has_table_privilege(:role, :what, 'SELECT')", role=role, what=what) for what in ("public_user_status", "users")]


@postgresql_only
def test_a_restore_gives_the_role_for_reports_back_what_it_may_read(flask, role, cast, database_url, instance):
    flask("backup", instance / "my.backup")
    flask("restore", instance / "my.backup")
    assert may_read(Outside(database_url), role) == [True, False]


@postgresql_only
def test_where_the_role_is_not_known_a_restore_does_without(flask, role, cast, database_url, instance):
    flask("backup", instance / "my.backup")
    outside = Outside(database_url)
    outside.run(f'DROP OWNED BY "{role}"')
    outside.run(f'DROP ROLE "{role}"')
    flask("restore", instance / "my.backup")
    assert outside.run("SELECT name FROM public_groups ORDER BY name") == [("Everyone",), ("den",)]
