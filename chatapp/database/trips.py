"""Several Prepared statements on one way to PostgreSQL, where the way costs more than most of what is done at its end. SQLite is
in this process: there each statement runs by itself."""

import itertools

from .prepared import cursor_of

ASK = "SELECT wanted.at, {found} FROM (VALUES {{rows}}) AS wanted (at, {names}) {joins}"
JOIN = "LEFT JOIN LATERAL (SELECT true AS there, one.* FROM ({question}) AS one LIMIT 1) AS found{at} ON true"


def run_in_turn(connection, runs):
    """Run several statements, one after the other, for what they do: [(Prepared, values)]."""
    if connection.dialect.name != "postgresql":
        for prepared, values in runs:
            prepared.run(connection, values)
    elif runs:
        with cursor_of(connection) as cursor:
            cursor.execute(b";".join(_written(connection.dialect, cursor, runs)))


def commit(connection, runs):
    """Run the last statements of a transaction, as in ``run_in_turn``, and commit it. On PostgreSQL the commit goes with them:
    what they lock is not held for one more way there and back."""
    if connection.dialect.name != "postgresql" or not runs:
        run_in_turn(connection, runs)
    else:
        with cursor_of(connection) as cursor:
            cursor.execute(b";".join([*_written(connection.dialect, cursor, runs), b"COMMIT"]))
    connection.commit()


def ask_all(connection, asks, *, after=()):
    """Return for each of many asks the first row, or None, that each of its statements finds: [(statements, values)] becomes a
    list of lists. Those with the same statements travel together; all of them may lock what they find. The first ones travel
    with the statements ``after``, which run before, as in ``run_in_turn``."""
    if connection.dialect.name != "postgresql":
        run_in_turn(connection, after)
        return [[prepared.one_or_none(connection, values) for prepared in statements] for statements, values in asks]
    together, found = {}, [None] * len(asks)
    for at, (statements, values) in enumerate(asks):
        together.setdefault(statements, {})[at] = values
    for statements, many in together.items():
        forms = [prepared.form(connection.dialect) for prepared in statements]
        with cursor_of(connection) as cursor:
            cursor.execute(b";".join([*_written(connection.dialect, cursor, after), _asked(cursor, forms, many)]))
            for at, *row in cursor.fetchall():
                found[at] = list(_parted(row, forms))
        after = ()
    return found


def _written(dialect, cursor, runs):
    """Yield the statements with their values in them; where an INSERT follows itself, as one for all its rows."""
    for prepared, same in itertools.groupby(runs, key=lambda run: run[0]):
        form, many = prepared.form(dialect), [values for _, values in same]
        head, inserts, row = form.text.partition(" VALUES ")
        if inserts:
            rows = b",".join(cursor.mogrify(row, form.bound(values)) for values in many)
            yield cursor.mogrify(head) + b" VALUES " + rows
        else:
            yield from (cursor.mogrify(form.text, form.bound(values)) for values in many)


def _asked(cursor, forms, many):
    """Return one question for {number: values}; each row of the answer begins with the number whose it is."""
    bound = {at: {name: value for form in forms for name, value in form.bound(values).items()} for at, values in many.items()}
    names = list(next(iter(bound.values())))
    columns = {name: f"wanted.{name}" for name in names}
    joins = " ".join(JOIN.format(question=form.text % columns, at=at) for at, form in enumerate(forms))
    found = ", ".join(f"found{at}.*" for at, _ in enumerate(forms))
    head, _, tail = ASK.format(found=found, names=", ".join(names), joins=joins).partition("{rows}")
    row = f"({', '.join(['%s'] * (1 + len(names)))})"
    rows = b",".join(cursor.mogrify(row, [at, *values.values()]) for at, values in bound.items())
    return head.encode() + rows + tail.encode()


def _parted(row, forms):
    """Yield the row that each statement found, or None."""
    for form in forms:
        there, *own = row[: 1 + form.width]
        row = row[1 + form.width :]
        yield form.row(own) if there else None
