"""How Alembic reaches the database of the running application. Both databases, one connection, warnings clean."""

import contextlib

from alembic import context
from flask import current_app

from chatapp.database.postgres import LOCK_TIMEOUT

ONE_AT_A_TIME = 0x6D696772  # any fixed number: two hosts that start together take turns
TAKE_TURNS = f"""
SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
SELECT pg_advisory_xact_lock({ONE_AT_A_TIME});
SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'
"""

db = current_app.extensions["migrate"].db


def run():
    """Bring the schema where the command says."""
    given = context.config.attributes.get("connection")  # a restore upgrades what nobody else sees yet
    # On SQLite every transaction of this program reads only unless it says that it writes.
    with contextlib.nullcontext(given) if given else db.engine.connect().execution_options(writing=True) as connection:
        lite = connection.dialect.name == "sqlite"
        if lite:  # outside a transaction, or the pragma does nothing
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=db.metadata,
                render_as_batch=True,
                compare_type=True,
                transaction_per_migration=False,
                transactional_ddl=True,  # SQLite has it too: all migrations and the look at foreign keys are one transaction
            )
            with context.begin_transaction():
                if not lite:
                    connection.exec_driver_sql(TAKE_TURNS)
                context.run_migrations()
                if lite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise RuntimeError(f"foreign keys broken by a migration: {broken[:5]}")
        finally:
            if lite:
                connection.rollback()
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


run()
