"""Planted bugs of the way in: what becomes of a message that is sent. See plants.py."""

import contextlib
import importlib
import threading

import sqlalchemy as sa

FORGOTTEN_AFTER = "0.05 s"


def naive_cursor():
    """Positions are given out long before the commit that shows them; readers remember the highest that they saw."""
    from chatapp.database.prepared import Prepared

    each_by_itself()
    publish = importlib.import_module("chatapp.updates.publish")  # the package exports the function under this name
    anything = sa.literal_column("trunc(random() * 1e9)::bigint")  # nobody waits for anybody
    publish.LOCK = Prepared(sa.select(sa.func.pg_advisory_xact_lock(anything).label("held")))


def told_after_the_commit():
    """The event is written by a transaction of its own after the deed's: a worker that dies between them tells nobody."""
    from chatapp.actions import transaction
    from chatapp.extensions import db, writing_engine
    from chatapp.updates import Feed

    write, committed = transaction.write_events, Feed.committed

    def put_off(_connection):
        pending = db.session().info.get("events", [])
        db.session().info["late"], db.session().info["events"] = list(pending), []
        return {event["kind"] for event in pending}

    def write_then_ring(feed, kinds):
        db.session().info["events"] = db.session().info.pop("late")
        with writing_engine().connect().execution_options(writing=True) as connection:
            write(connection)
            connection.commit()
        committed(feed, kinds)

    transaction.write_events, Feed.committed = put_off, write_then_ring


def acknowledged_before_the_commit():
    """The answer goes out while another thread commits, a twentieth of a second later."""
    from chatapp.actions import transaction

    each_by_itself()
    write = transaction.write_events

    def put_off(connection):
        kinds = write(connection)
        pooled = connection.connection
        pooled.detach()
        own, pooled.dbapi_connection = pooled.dbapi_connection, _Gone()
        threading.Timer(0.05, _commit, (own,)).start()
        return kinds

    transaction.write_events = put_off


def shared_commit_not_awaited():
    """Who shares a transaction hears yes when they have done their part, not when another one has committed it."""
    from chatapp.database import turns

    turns._Turn.wait = lambda self: None


def each_by_itself():
    """Not a bug: sends share no transaction. Of shared ones only one is open at a time, which hides what happens to those who meet."""
    from chatapp.actions import transaction

    writing = transaction.writing
    transaction.writing = lambda shared: writing(False)


def commit_in_memory():
    """PostgreSQL says yes before the commit is in its log: faster, until it crashes."""
    from chatapp.database import postgres

    install = postgres.install

    def lower(engine):
        install(engine)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("SET LOCAL synchronous_commit = off"))

    postgres.install = lower


def deduplicated_in_memory():
    """A repeated message is known to the worker that got it first, and to no other."""
    seen = {}
    _recognise(lambda key: seen.get(key), seen.__setitem__)


def deduplicated_for_a_moment():
    """A repeated message is known for a twentieth of a second."""
    recent = f"SELECT id FROM messages WHERE sender_id = :sender AND client_id = :client_id AND created_at > now() - interval '{FORGOTTEN_AFTER}'"
    _recognise(lambda key: _ask(recent, sender=key[0], client_id=key[1]), lambda key, message_id: None)


def client_id_of_a_session():
    """A repeated message is known to the device that sent it first: after the next sign-in it is new."""
    from flask import current_app, request

    from chatapp.identity import token_in

    known = "SELECT message_id FROM planted WHERE device = :device AND client_id = :client_id"
    keep = "INSERT INTO planted VALUES (:device, :client_id, :message_id) RETURNING message_id"
    _recognise(
        lambda key: _ask(known, device=token_in(request.environ, current_app.config), client_id=key[1]),
        lambda key, message_id: _ask(keep, device=token_in(request.environ, current_app.config), client_id=key[1], message_id=message_id),
    )


def deleted_for_good():
    """A deleted message's row is deleted: its number is a hole."""
    from chatapp.actions import messages

    change = messages._publish_change

    def gone(kind, changed):
        change(kind, changed)
        if kind == "message.deleted":
            _ask("DELETE FROM messages WHERE id = :id RETURNING id", id=changed.id)

    messages._publish_change = gone


def edited_in_silence():
    """An edit changes the row, and nobody is told."""
    from chatapp.actions import messages

    change = messages._publish_change
    messages._publish_change = lambda kind, changed: None if kind == "message.edited" else change(kind, changed)


class _Gone:
    """A connection that somebody else took over."""

    def __getattr__(self, name):
        return lambda *_: None


def _commit(connection):
    with contextlib.suppress(Exception):
        connection.commit()
        connection.close()


def _ask(statement, **values):
    from chatapp.extensions import db

    db.session.flush()
    found = db.session.execute(sa.text(statement), values).scalars().first()
    return found and str(found)


def _recognise(known, keep):
    """Replace how a repeated message is recognised: ``known((sender, client_id))`` returns a message's id or None. The unique
    key must be gone (see plants.py)."""
    from chatapp.actions import messages
    from chatapp.models import message

    store = messages._stored

    class Elsewhere:
        """Looks for a repeated message by what is known of it."""

        def one_or_none(self, connection, values):
            found = known((values["sender_id"], values["client_id"]))
            return message.STORED.one_or_none(connection, {"id": found or values["client_id"]})

    def noted(connection, **values):
        sent = store(connection, **values)
        keep((values["sender_id"], values["client_id"]), sent.id)
        return sent

    message.SENT_AS, messages._stored = Elsewhere(), noted
