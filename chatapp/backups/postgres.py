"""Backups of a PostgreSQL database: pg_dump's custom format, restored in one transaction together with the new epoch."""

import re
import subprocess
import time
from pathlib import Path

import psycopg2
import sqlalchemy as sa

from ..database import postgres
from . import programs
from .files import BackupError, free_name, new_file
from .schema import bring_up_to_date, new_epoch, require_known

SECTIONS = ("pre-data", "data", "post-data")
FROM = b" FROM stdin;\n"
LOCK_TIMEOUT = "100ms"  # shorter than what makes PostgreSQL look for a deadlock and end one of two
LOCK_TRIES = 10  # for one table, while others are held
LOCK_ROUNDS = 60
LOCK_PAUSE_SECONDS = 0.1
# What newer programs write for psql or for newer servers.
ONLY_FOR_OTHERS = re.compile(rb"^(\\(un)?restrict .*|SET transaction_timeout = 0;)\n", re.MULTILINE)
OURS = "{catalog}.{space} = current_schema()::regnamespace AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = {catalog}.oid AND deptype = 'e')"
TABLES = f"SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') AND {OURS.format(catalog='pg_class', space='relnamespace')}"
# The program's own views are named public_…; all others are somebody else's.
VIEWS = f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'v' AND relname LIKE 'public\\_%' AND {OURS.format(catalog='pg_class', space='relnamespace')}"
GRANT = re.compile(rb'^(?:GRANT|REVOKE) .* (?:TO|FROM) (?P<role>\w+|"(?:[^"]|"")+")(?: WITH GRANT OPTION)?;\n', re.MULTILINE)
ROUTINES = f"SELECT oid::regprocedure::text FROM pg_proc WHERE {OURS.format(catalog='pg_proc', space='pronamespace')}"
# Whoever waits for the old tables may look into the new ones with a snapshot from before: what was loaded is visible to it,
# since it is frozen, but not what a migration or the new epoch changed.
CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
"""
HOLDING = " AND pid IN (SELECT pid FROM pg_locks WHERE granted AND relation = %s::regclass)"


def backup(config, path, replace, tell):
    """Write the database's schema (the one of ours, not others of the same database) into one file in pg_dump's custom format."""
    engine, url = _engine(config), config["DATABASE_URL_DIRECT"]
    with engine.connect() as connection:
        version, schema = connection.exec_driver_sql("SELECT current_setting('server_version_num')::int / 10000, current_schema()").one()
        if not connection.exec_driver_sql(TABLES).first():
            raise BackupError("The database is empty.")
    program, (name, environment) = programs.find("pg_dump", least=version), programs.connection(url)
    with new_file(path, replace) as draft:
        command = [program, name, "--no-password", "--format=custom", f'--schema="{schema}"', f"--file={draft}"]
        programs.run(command, lambda: tell("Writing", draft.stat().st_size, None), env=environment)
        _check(draft, path, tell)


def restore(config, path, tell):
    """Put a backup's content into the database. Returns the path of a backup of what was there, or None."""
    _check(path, path, tell)
    engine = _engine(config)
    with engine.connect() as connection:
        there = connection.exec_driver_sql(TABLES).first()
    kept = _keep(config, tell) if there else None
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SET LOCAL synchronous_commit = 'on'")
        _lock(cursor)
        _drop(cursor)
        for section in SECTIONS:
            _play(cursor, path, section, tell)
        cursor.execute("RESET search_path")
        bring_up_to_date(connection)
        cursor.execute("UPDATE server SET epoch = %s", (new_epoch(),))
        _cut_off(cursor)
    return kept


def _engine(config):
    return sa.create_engine(config["DATABASE_URL_DIRECT"], poolclass=sa.pool.NullPool, connect_args=dict(postgres.CONNECT))


def _keep(config, tell):
    name = sa.make_url(config["DATABASE_URL"]).database or "chatapp"
    kept = free_name(Path(config["INSTANCE"]).absolute() / f"{Path(name).name}.before-restore")
    backup(config, kept, False, lambda _, done, total: tell("Keeping", done, total))
    return kept


def _check(file, path, tell):
    """Read a backup from its beginning to its end, as a restore would. Raises BackupError."""
    tell("Checking", 0, None)
    program = programs.find("pg_restore")
    try:
        programs.run([program, "--file=/dev/null", file])
    except BackupError as error:
        raise BackupError(f"{path} is damaged: {error.detail}") from None
    require_known(path, _revision(program, file))


def _revision(program, file):
    table = subprocess.run([program, "--data-only", "--table=alembic_version", "--file=-", file], capture_output=True).stdout
    listed = subprocess.run([program, "--list", file], capture_output=True).stdout
    found = re.search(rb"^COPY \S+ \(version_num\) FROM stdin;\n(\S+)\n\\\.$", table, re.MULTILINE)
    return found[1].decode() if found and b" server " in listed else None


def _lock(cursor):
    """Hold all tables: nobody reads one life of the database and then another in the same transaction. A table that somebody
    reads for long, as another backup does, is not waited for while others are held: the server would stand still."""
    names = _names(cursor, TABLES)
    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    for _ in range(LOCK_ROUNDS):
        cursor.execute("SAVEPOINT free")
        if all(_hold(cursor, name) for name in names):
            return
        cursor.execute("ROLLBACK TO SAVEPOINT free")
        time.sleep(LOCK_PAUSE_SECONDS)
    raise BackupError("Something holds tables of the database for minutes, as another backup does. Try again when it is done.")


def _hold(cursor, table):
    """Lock a table and tell whether that was possible. Whoever holds it and waits for one that we hold already would wait for
    ever: their deed ends here."""
    for _ in range(LOCK_TRIES):
        cursor.execute("SAVEPOINT without")
        try:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        except (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected):
            cursor.execute("ROLLBACK TO SAVEPOINT without")
            _cut_off(cursor, HOLDING, (table,))
        else:
            return True
    return False


def _cut_off(cursor, which="", values=()):
    """End the connections of those who wait for us."""
    cursor.execute("SELECT pg_stat_clear_snapshot()")  # else it is those who were there when this transaction asked first
    cursor.execute(CUT_OFF + which, values)


def _names(cursor, question):
    cursor.execute(question)
    return [name for (name,) in cursor.fetchall()]


def _drop(cursor):
    """Take away what is there, also what only a newer schema has. What others built upon it stops the restore."""
    for kind, question in (("VIEW", VIEWS), ("TABLE", TABLES), ("ROUTINE", ROUTINES)):
        names = _names(cursor, question)
        if names:
            cursor.execute(f"DROP {kind} {', '.join(names)}")


def _play(cursor, path, section, tell):
    cursor.execute("SELECT current_schema()")
    schema = cursor.fetchone()[0]
    command = [programs.find("pg_restore"), "--no-owner", f"--schema={schema}", f"--section={section}", "--file=-", path]
    with programs.started(command, stdout=subprocess.PIPE) as process:
        if section == "data":
            _load(cursor, Told(process.stdout, tell))
        else:
            _run(cursor, [_granted(cursor, process.stdout.read())])
    cursor.execute("RESET search_path")


def _granted(cursor, script):
    """Leave out what is granted to roles that this server does not have."""
    known = {"PUBLIC", *_names(cursor, "SELECT rolname FROM pg_roles")}
    return GRANT.sub(lambda found: found[0] if found["role"].decode().strip('"').replace('""', '"') in known else b"", script)


def _load(cursor, lines):
    """Run a script whose every line is SQL, or a row that follows a COPY."""
    statements = []
    for line in lines:
        if line.startswith(b"COPY ") and line.endswith(FROM):
            _run(cursor, statements)
            cursor.copy_expert(f"{line.removesuffix(FROM).decode()} FROM stdin (FREEZE)", Rows(lines))
        else:
            statements.append(line)
    _run(cursor, statements)


def _run(cursor, statements):
    text = ONLY_FOR_OTHERS.sub(b"", b"".join(statements))
    statements.clear()
    cursor.execute(text + b"\nSELECT;")  # the driver refuses what is nothing but comments


class Told:
    """The lines of a stream, with word of how much went by."""

    def __init__(self, stream, tell):
        self._stream, self._tell, self._bytes = stream, tell, 0

    def __iter__(self):
        return self

    def __next__(self):
        line = next(self._stream)
        self._bytes += len(line)
        self._tell("Loading", self._bytes, None)
        return line


class Rows:
    """The rows up to the next end mark, as a file."""

    def __init__(self, lines):
        self._lines, self._ended = lines, False

    def read(self, size):
        """Return at least so many bytes of rows, or all that are left."""
        found, most = [], size
        while most > 0 and not self._ended:
            line = next(self._lines)
            if line == b"\\.\n":
                self._ended = True
            else:
                found.append(line)
                most -= len(line)
        return b"".join(found)
