"""Statements that are run most often: compiled once for each kind of database, run by its driver.

SQLAlchemy's own way of running a statement takes several times as long as the database does, and on SQLite all other
writers wait meanwhile."""

from collections import namedtuple
from contextlib import closing, contextmanager

import sqlalchemy as sa

NEEDS_TRANSACTION = "needs_transaction"  # of an engine whose settings come with each transaction: a question needs one too


class Prepared:
    """A Core statement whose values are bound parameters. Runs inside the transaction of a SQLAlchemy connection."""

    def __init__(self, statement):
        self.statement = statement
        self._forms = {}

    def run(self, connection, values):
        """Run it for what it does."""
        self._rows(connection, values)

    def all(self, connection, values):
        """Return the rows it finds, with the columns as attributes."""
        rows, form = self._rows(connection, values)
        return [form.row(row) for row in rows]

    def raw(self, connection, values):
        """Return the rows it finds as the driver has them."""
        return self._rows(connection, values)[0]

    def row(self, dialect, raw):
        """Return what ``all`` makes of a ``raw`` row of a database of this kind."""
        return self._forms[dialect.name].row(raw)

    def one_or_none(self, connection, values):
        """Return the first row it finds, or None."""
        rows, form = self._rows(connection, values)
        return form.row(rows[0]) if rows else None

    def one(self, connection, values):
        """Return the row it finds. Raises sqlalchemy.exc.NoResultFound."""
        found = self.one_or_none(connection, values)
        if found is None:
            raise sa.exc.NoResultFound
        return found

    def form(self, dialect):
        """Return what the statement is for a kind of database."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self.statement, dialect)
        return form

    def _rows(self, connection, values):
        form = self.form(connection.dialect)
        if connection.get_execution_options().get(NEEDS_TRANSACTION) and not connection.in_transaction():
            connection.begin()
        with cursor_of(connection) as cursor:
            cursor.execute(form.text, form.bound(values))
            return (cursor.fetchall() if cursor.description else ()), form


@contextmanager
def cursor_of(connection):
    """Yield a cursor of the driver, whose errors are told as SQLAlchemy tells them."""
    dialect, driver = connection.dialect, connection.connection.dbapi_connection
    try:
        with closing(driver.cursor()) as cursor:
            yield cursor
    except dialect.loaded_dbapi.Error as error:
        if dialect.is_disconnect(error, driver, None):
            connection.invalidate(error)
            connection.engine.dispose()  # whatever else lies in the pool lost the same server
            raise sa.exc.OperationalError(None, None, error) from error  # whatever the driver calls it
        raise sa.exc.DBAPIError.instance(None, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error


class _Form:
    """What a statement is for one kind of database: its text, and how values go in and come out."""

    def __init__(self, statement, dialect):
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._in = [(name, _converter(compiled.binds[name].type, dialect, "bind_processor")) for name in compiled.positiontup or compiled.binds]
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._by_name = not compiled.positional
        columns = statement.exported_columns
        self.width = len(columns)
        self._kind = namedtuple("Row", [column.key for column in columns])
        self._out = [(at, convert) for at, column in enumerate(columns) if (convert := _converter(column.type, dialect, "result_processor", None))]

    def bound(self, values):
        """Return values as the driver wants them. Raises KeyError for one that is missing."""
        if self._fixed:
            values = self._fixed | values
        converted = [(name, convert(values[name]) if convert else values[name]) for name, convert in self._in]
        return dict(converted) if self._by_name else tuple(value for _, value in converted)

    def row(self, found):
        """Return a row as Python has it."""
        if self._out:
            found = list(found)
            for at, convert in self._out:
                found[at] = convert(found[at])
        return self._kind._make(found)


def _converter(kind, dialect, which, *arguments):
    return getattr(kind.dialect_impl(dialect), which)(dialect, *arguments)
