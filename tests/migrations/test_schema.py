"""The migrations: down leaves nothing, up again makes the same, and the models say the same as the tables."""

import flask_migrate
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from chatapp.extensions import db

SQLITE_OBJECTS = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
POSTGRESQL_OBJECTS = """
WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = 'public')
SELECT 'relation' AS kind, concat(relname, ' ', relkind) AS name, '' AS body FROM pg_class WHERE relnamespace IN (TABLE here)
UNION ALL SELECT 'column', concat(c.relname, '.', attname, ' ', attnum),
    concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, pg_get_expr(adbin, adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = attnum
  WHERE c.relnamespace IN (TABLE here) AND attnum > 0
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace IN (TABLE here)
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname, concat(pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace IN (TABLE here)
UNION ALL SELECT 'type', typname, '' FROM pg_type WHERE typnamespace IN (TABLE here)
"""
TRIGGERS = {"update_user_status_timestamp", "number_message", "open_direct", "keep_message_in_place", "start_read", "welcome_user"}
TRIGGERS |= {"keep_primary_group", "keep_primary_group_row", "keep_primary_members", "keep_member_in_place"}


def objects(outside):
    """Return {(kind, name): definition} of everything in the database, but for what keeps the revision."""
    rows = outside.run(SQLITE_OBJECTS if outside.lite else POSTGRESQL_OBJECTS)
    return {(kind, name): body for kind, name, body in rows if "alembic_version" not in name}


def named(found, kind):
    return {name for one, name in found if one == kind}


def test_down_leaves_nothing_and_up_again_makes_the_same(app, outside):
    first = objects(outside)
    assert named(first, "trigger") >= TRIGGERS
    assert outside.lite or named(first, "function") >= {"cleanup_expired_invites", "uuid_generate_v7"}
    for _ in range(2):
        with app.app_context():
            flask_migrate.downgrade(revision="base")
        assert objects(outside) == {}
        with app.app_context():
            flask_migrate.upgrade()
        assert objects(outside) == first
    assert outside.run("SELECT name FROM groups WHERE is_primary") == [("Everyone",)]


def test_every_database_gets_an_epoch_of_its_own(app, outside):
    epochs = [outside.one("SELECT epoch FROM server")]
    for _ in range(3):
        with app.app_context():
            flask_migrate.downgrade(revision="base")
            flask_migrate.upgrade()
        epochs.append(outside.one("SELECT epoch FROM server"))
    assert len(set(epochs)) == 4
    assert all(0 <= epoch < 2**63 for epoch in epochs)


def differences(app, outside, metadata):
    with app.app_context(), outside.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


def test_the_models_say_the_same_as_the_tables(app, outside):
    assert differences(app, outside, db.metadata) == []
    with outside.engine.connect() as connection:
        inspector = sa.inspect(connection)
        for table in db.metadata.sorted_tables:
            columns = {one["name"]: one for one in inspector.get_columns(table.name)}
            assert [one.name for one in table.columns] == list(columns), table.name
            for column in table.columns:
                assert column.server_default is None or columns[column.name]["default"] is not None, column
            checks = {one["name"] for one in inspector.get_check_constraints(table.name)}
            assert {str(one.name) for one in table.constraints if isinstance(one, sa.CheckConstraint)} <= checks


def test_the_comparison_sees_a_difference(app, outside):
    outside.run("ALTER TABLE groups ADD COLUMN colour INTEGER")
    outside.run("DROP INDEX ix_group_invites_expires_at")
    found = differences(app, outside, db.metadata)
    assert sorted(one[0] for one in found) == ["add_index", "remove_column"]


def test_what_refers_to_a_deleted_row_goes_or_holds_it_as_the_models_say(outside):
    inspector = sa.inspect(outside.engine)
    found = {
        (table.name, *key["constrained_columns"]): key["options"].get("ondelete")
        for table in db.metadata.sorted_tables
        for key in inspector.get_foreign_keys(table.name)
    }
    assert {key for key, rule in found.items() if rule == "CASCADE"} == {
        ("group_members", "user_id"),
        ("group_members", "group_id"),
        ("group_invites", "group_id"),
    }
    assert set(found.values()) == {"CASCADE", None}  # none: refused, as RESTRICT does
    assert found == {(table.name, *key.column_keys): key.ondelete for table in db.metadata.sorted_tables for key in table.foreign_key_constraints}
