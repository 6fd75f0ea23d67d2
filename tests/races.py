"""Two deeds that meet: one stands right before its commit while the other goes as far as it can. Nothing is left to luck."""

import threading
import time

import sqlalchemy as sa

from chatapp.actions import transaction
from chatapp.extensions import db

PATIENCE = 30
WAITING = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def race(monkeypatch, app, first, second, at=(transaction, "commit")):
    """Run ``first`` up to its commit (or to its call of another function), then ``second`` until it is done or waits for a
    lock, then both to their ends.

    Returns what the two returned. On SQLite, which has one writer at a time, the second waits for its turn to begin.
    """
    answers, reached, go = {}, threading.Event(), threading.Event()
    called = getattr(*at)

    def stopping(*arguments, **more):
        if threading.current_thread() is threads[0] and not reached.is_set():
            db.session.flush()
            reached.set()
            assert go.wait(PATIENCE)
        return called(*arguments, **more)

    def run(name, deed):
        answers[name] = deed()

    threads = [threading.Thread(target=run, args=one) for one in (("first", first), ("second", second))]
    with monkeypatch.context() as patched:
        patched.setattr(*at, stopping)
        threads[0].start()
        assert reached.wait(PATIENCE), "the first deed never came to its commit"
        threads[1].start()
        _let_go_as_far_as_it_can(app, threads[1])
        go.set()
        for one in threads:
            one.join(PATIENCE)
    return answers["first"], answers["second"]


def _let_go_as_far_as_it_can(app, thread):
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            return
        until = time.monotonic() + PATIENCE
        while thread.is_alive() and not _somebody_waits():
            assert time.monotonic() < until, "the second deed neither ends nor waits for a lock"
            time.sleep(0.01)


def _somebody_waits():
    with db.engine.connect() as connection:
        return connection.execute(WAITING).scalar_one() > 0
