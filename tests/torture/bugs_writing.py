"""Planted bugs of the way in: what becomes of a message that is sent. See plants.py."""

import contextlib
import importlib
import threading
import time
import types

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
    from chatapp.extensions import db, writing
    from chatapp.updates import Feed

    publish = importlib.import_module("chatapp.updates.publish")
    commit, committed = transaction.commit, Feed.committed

    def put_off(connection, last):
        log = (publish.LOCK, publish.WRITE)
        db.session().info["late"] = [run for run in last if run[0] in log]
        commit(connection, [run for run in last if run[0] not in log])

    def write_then_ring(feed, kinds):
        with writing() as connection:
            commit(connection, db.session().info.pop("late"))
        committed(feed, kinds)

    transaction.commit, Feed.committed = put_off, write_then_ring


def acknowledged_before_the_commit():
    """The answer goes out while another thread commits, a twentieth of a second later."""
    from chatapp.actions import transaction
    from chatapp.database.trips import run_in_turn

    each_by_itself()

    def put_off(connection, last):
        run_in_turn(connection, last)
        pooled = connection.connection
        pooled.detach()
        own, pooled.dbapi_connection = pooled.dbapi_connection, _Gone()
        threading.Timer(0.05, _commit, (own,)).start()

    transaction.commit = put_off


def shared_commit_not_awaited():
    """Who sends together with others hears yes when the message is stored, not when the one who does it for all has committed."""
    from chatapp import payloads
    from chatapp.actions import messages
    from chatapp.database.gathering import Gathering

    lead, stored, here = Gathering._lead, messages._stored, threading.local()

    def lead_hastily(gathering, do):
        here.waiting = gathering._waiting
        lead(gathering, do)

    def tell_at_once(connection, drafts):
        rows = stored(connection, drafts)
        of = dict(zip(drafts, rows, strict=True))
        for one in getattr(here, "waiting", ()):
            if not one.leads and one.wanted in of:
                one.came_out = payloads.message(of[one.wanted]), True
                one.called.set()
        time.sleep(0.01)  # greenlets answer when this one waits, and on SQLite it waits for nothing
        return rows

    Gathering._lead, messages._stored = lead_hastily, tell_at_once


def each_by_itself():
    """Not a bug: nobody sends together with others, which hides what happens to those who meet."""
    from chatapp.database.gathering import Gathering

    def ask(_gathering, do, wanted):
        try:
            (came_out,) = do([wanted])
        except sa.exc.IntegrityError:
            (came_out,) = do([wanted])
        if isinstance(came_out, BaseException):
            raise came_out
        return came_out

    Gathering.ask = ask


def commit_in_memory():
    """PostgreSQL says yes before the commit is in its log: faster, until it crashes."""
    from chatapp.database import postgres

    install = postgres.install

    def lower(engine, **more):
        install(engine, **more)
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
    from flask import g

    from chatapp.blueprints.api.hot_door import HotDoor

    answer = HotDoor._answer

    def noting(door, token, *more):
        g.token = token
        return answer(door, token, *more)

    HotDoor._answer = noting
    known = "SELECT message_id FROM planted WHERE device = :device AND client_id = :client_id"
    keep = "INSERT INTO planted VALUES (:device, :client_id, :message_id) RETURNING message_id"
    each_by_itself()  # else it is another one's request
    _recognise(
        lambda key: _ask(known, device=g.token, client_id=key[1]),
        lambda key, message_id: _ask(keep, device=g.token, client_id=key[1], message_id=message_id),
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

    info = types.SimpleNamespace(transaction_status=0)

    def __getattr__(self, name):
        return lambda *_: None


def _commit(connection):
    with contextlib.suppress(Exception):
        connection.cursor().execute("COMMIT")
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

    store, ask_all = messages._stored, messages.ask_all

    def recognised(connection, asks, **more):
        found = ask_all(connection, asks, **more)
        for (statements, values), answer in zip(asks, found, strict=True):
            if message.SENT_AS in statements:
                before = known((values["sender_id"], values["client_id"]))
                answer[-1] = before and message.STORED.one_or_none(connection, {"id": before})
        return found

    def noted(connection, drafts):
        sent = store(connection, drafts)
        for one in sent:
            keep((one.sender_id, one.client_id), one.id)
        return sent

    messages.ask_all, messages._stored = recognised, noted
