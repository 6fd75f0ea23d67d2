"""The first schema: all tables, their rules and triggers. The SQL lies beside, one file for each kind of database."""

import sqlite3
from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade():
    for part in ("tables", "rules"):
        run(f"0001_{part}")


def downgrade():
    run("0001_down")


def run(name):
    """Run one file of SQL, statement by statement: a trigger's body has semicolons of its own."""
    connection = op.get_bind()
    statement = ""
    text = (SQL / f"{name}.{connection.dialect.name}.sql").read_text()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(text)
        return
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.exec_driver_sql(statement)
            statement = ""
