"""The frame of every deed, and the only place that commits."""

from contextlib import contextmanager

from flask import current_app

from ..extensions import db
from ..updates import forget_events, write_events


@contextmanager
def transaction():
    """Run a deed's body in one transaction: what it changed and what it published are stored together or not at all.

    Whatever the session read before is let go, so that checks see the present. The doorbell rings after the commit.
    """
    session = db.session()
    session.rollback()
    session.expunge_all()
    forget_events()
    try:
        session.connection(execution_options={"writing": True})
        yield
        session.flush()
        kinds = write_events()
        session.commit()
    except BaseException:
        session.rollback()
        forget_events()
        raise
    if kinds:
        current_app.extensions["feed"].committed(kinds)
