"""The Flask extensions, unbound."""

import functools
from contextlib import contextmanager

import sqlalchemy as sa
from flask import current_app
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as BoundSession
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from werkzeug.local import LocalProxy

from .database import postgres, sqlite
from .database.gathering import Gathering
from .database.replica import Replica

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(orm.DeclarativeBase):
    """The parent of every table's class."""

    metadata = sa.MetaData(naming_convention=NAMES)


class Session(BoundSession):
    """A request's session. While a deed runs, all of its statements go through the deed's connection."""

    def get_bind(self, mapper=None, clause=None, bind=None, **more):
        """Return the engine of a statement."""
        return bind or self.info.get("connection") or super().get_bind(mapper, clause, bind, **more)


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": Session})
login_manager = LoginManager()


@contextmanager
def one_snapshot(*, replica=False):
    """Read everything in the block (or in the function that this decorates) as it is at one instant, whatever is committed
    meanwhile. Elsewhere each statement of PostgreSQL sees what is committed when it begins; SQLite reads so anyway.

    ``replica``: a standby may answer, where there is one; it shows all that was committed when the block was entered."""
    session, standby = db.session(), current_app.extensions["replica"]
    session.rollback()
    connection = standby.connect(postgres.SNAPSHOT) if replica and standby else None
    if connection:
        session.info["connection"] = connection
    else:
        session.connection(execution_options=_kind(db.engine).SNAPSHOT)
    try:
        yield
    finally:
        session.rollback()
        if connection:
            del session.info["connection"]
            connection.close()


def insert(table):
    """Return an INSERT into a model's table that can say ON CONFLICT, as the database in use writes it."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite_dialect
    return dialect.insert(table)


def bind_database(app):
    """Give the application its database engine, set up the way its kind of database needs."""
    kind = sqlite if app.config["DATABASE_URL"].startswith("sqlite") else postgres
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = kind.options()
    replica = {"replica": app.config["DATABASE_URL_REPLICA"]} if app.config["DATABASE_URL_REPLICA"] else {}
    app.config["SQLALCHEMY_BINDS"] = dict.fromkeys(kind.MORE_ENGINES, app.config["DATABASE_URL"]) | replica
    db.init_app(app)
    app.extensions["gathering"] = Gathering()
    with app.app_context():
        if kind is sqlite:
            kind.install(*db.engines.values())
        else:
            kind.install(db.engine, pooler=app.config["DATABASE_URL_DIRECT"] != app.config["DATABASE_URL"])
        app.extensions["replica"] = None
        if replica:
            kind.install(db.engines["replica"])
            app.extensions["replica"] = Replica(db.engines["replica"], db.engine)


def bind_migrations(app, folder):
    """Tell Flask-Migrate where the migrations are when it is asked for: servers never ask, and it brings all of Alembic along."""

    @functools.cache
    def bound():
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(folder))  # puts itself into app.extensions
        return app.extensions["migrate"]

    app.extensions["migrate"] = LocalProxy(bound)


def migrations_folder():
    """Return where the migrations are."""
    return current_app.extensions["migrate"].migrate.directory


def writing_engine():
    """Return the engine of those who write: their own on SQLite (see database/sqlite.py), elsewhere everybody's."""
    return db.engines.get("writing", db.engine)


@contextmanager
def writing():
    """Yield a connection in a transaction of its own, which is given up unless it is committed (``database/trips.py``)."""
    with _begun(writing_engine()) as connection:
        yield connection


def _begun(engine, again=True):
    """Return a connection in a transaction. A pooled one may have been cut since it was used last: then nothing was begun yet."""
    connection = engine.connect().execution_options(**_kind(engine).WRITING)
    try:
        connection.begin()
    except BaseException:
        was_cut = connection.invalidated
        connection.close()
        if again and was_cut:
            return _begun(engine, again=False)
        raise
    return connection


def _kind(engine):
    return sqlite if engine.dialect.name == "sqlite" else postgres


def together(do, wanted):
    """Do what is wanted together with what others of this process want of the same kind; see ``database/gathering.py``."""
    return current_app.extensions["gathering"].ask(do, wanted)
