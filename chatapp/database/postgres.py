"""How this program talks to PostgreSQL: durable commits, bounded waits, UTC."""

from sqlalchemy import event

STATEMENT_TIMEOUT = "15s"
LOCK_TIMEOUT = "5s"
MORE_ENGINES = ()
CONNECT = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def options():
    """Return engine options: a small pool whose connections are tested before use, so that a restart of the database heals."""
    return {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, "pool_timeout": 3, "connect_args": dict(CONNECT)}


def install(engine):
    """Make every connection of an engine durable and patient only so far. Raises RuntimeError where it cannot be durable."""

    @event.listens_for(engine, "connect")
    def _connect(connection, _record):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET timezone='UTC'; SET synchronous_commit='on'; SET statement_timeout='{STATEMENT_TIMEOUT}'; SET lock_timeout='{LOCK_TIMEOUT}'"
            )
            cursor.execute("SHOW synchronous_commit")
            if cursor.fetchone()[0] not in ("on", "remote_apply"):
                raise RuntimeError("PostgreSQL did not accept synchronous_commit=on: a commit would not be durable.")
        connection.commit()
