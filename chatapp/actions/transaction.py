"""The frame of every deed, and the only place that commits."""

from contextlib import contextmanager

from flask import current_app

from ..database.trips import commit
from ..extensions import db, writing
from ..presence import drop_changed
from ..updates import forget_events, last_statements


@contextmanager
def transaction():
    """Run a deed's body in one transaction: what it changed and what it published are stored together or not at all.

    Yields the connection, for Prepared statements; ``db.session`` writes through it too. Whatever the session read before is
    let go, so that checks see the present. The doorbell rings after the commit.
    """
    session = db.session()
    session.rollback()
    session.expunge_all()
    forget_events()
    with writing() as connection:
        session.info["connection"] = connection
        try:
            yield connection
            session.flush()
            kinds, last = last_statements(connection)
            commit(connection, last)
        finally:
            forget_events()
            session.close()
            del session.info["connection"]
    drop_changed()
    if kinds:
        current_app.extensions["feed"].committed(kinds)
