"""The scheduler: of all workers one works for the clock; when it is gone another does within seconds."""

import contextlib
import os
import signal
import threading
import time

import pytest
import sqlalchemy as sa
from shell import Command, terminate_lease_backends
from signs import beat, heard, row, until

from chatapp.actions.transaction import transaction
from chatapp.extensions import db
from chatapp.jobs import lease, scheduler
from chatapp.models import JobRun

STOPS_WITHIN_SECONDS = 3


@pytest.fixture
def quick(monkeypatch):
    """One job that runs all the while, and notes for which application."""
    ran = []
    monkeypatch.setattr(scheduler, "EVERY", {"decay_presence": 0.05})
    monkeypatch.setattr(scheduler, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(scheduler, "tick", lambda app, _name: ran.append(app))
    return ran


class Standing:
    """An application that stands for the lease in a thread of its own."""

    def __init__(self, app):
        self.app, self._stop = app, threading.Event()
        self.thread = threading.Thread(target=scheduler.lead, args=(app, self._stop.is_set))
        self.thread.start()

    def stop(self):
        self._stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def stand():
    """A function that lets an application stand for the lease."""
    with contextlib.ExitStack() as stack:

        def start(app):
            one = Standing(app)
            stack.callback(one.stop)
            return one

        yield start


def clocks():
    return [one for one in threading.enumerate() if one.name == "APScheduler"]


def runs(app):
    with app.app_context():
        return {one.name: one.started_at for one in db.session.execute(sa.select(JobRun)).scalars()}


def forget_runs(app):
    with app.app_context(), transaction():
        db.session.execute(sa.delete(JobRun))


def stands_still(runs_noted):
    count = len(runs_noted)
    time.sleep(0.5)  # ten runs long
    return len(runs_noted) == count


def test_one_of_several_workers_runs_the_jobs_and_another_does_when_it_stops(app, second_app, make_app, quick, stand):
    workers = {one: stand(one) for one in (app, second_app, make_app())}
    until(lambda: len(quick) > 10)
    assert len(set(quick)) == 1
    assert len(clocks()) == 1
    first = quick[0]
    workers[first].stop()
    until(lambda: quick[-1] is not first, seconds=5)
    second = quick[-1]
    count = quick.count(second)
    until(lambda: quick.count(second) > count + 10)
    assert len(clocks()) == 1


def test_a_holder_that_loses_its_lease_stops_its_jobs(request, app, second_app, quick, stand):
    holder = stand(app)
    until(lambda: quick)
    other = lease.lease_for(second_app.config)
    if request.node.callspec.params["database_url"] == "sqlite":
        holder.stop()
    else:
        until(lambda: terminate_lease_backends(app) and other.acquire())
    until(lambda: not clocks(), seconds=5)
    until(lambda: stands_still(quick), seconds=5)  # what had begun may end
    count = len(quick)
    other.release()
    if holder.thread.is_alive():
        until(lambda: len(quick) > count)


def test_jobs_of_a_holder_tell_others_what_time_has_lowered(cast, later, monkeypatch, stand):
    monkeypatch.setattr(scheduler, "EVERY", {"decay_presence": 0.05})
    beat(cast.ana)
    cursor = cast.ben.cursor()
    later(70)
    stand(cast.app)
    until(lambda: row(cast.app, cast.ana)["auto_status"] == "offline")
    assert heard(cast.ben, cursor) == [[(cast.ana.id, "offline")]] * 2


def test_flask_worker_runs_the_jobs_for_web_workers_that_do_not_and_stops_on_request(cast, serve, database_url, instance):
    server = serve(SCHEDULER="off")
    free = lease.lease_for(cast.app.config)
    for number in (signal.SIGTERM, signal.SIGINT):
        assert free.acquire(), "the web workers do not stand for it, and the worker before has let go"
        free.release()
        forget_runs(cast.app)
        with Command("worker", database_url, instance) as worker:
            until(lambda: "decay_presence" in runs(cast.app))
            started = time.monotonic()
            worker.process.send_signal(number)
            assert worker.process.wait(10) == 0, worker.log()
            assert time.monotonic() - started < STOPS_WITHIN_SECONDS
            assert worker.log() == ""
    assert "Traceback" not in server.log()


def test_when_the_working_process_is_killed_another_that_stands_by_works_within_seconds(app, database_url, instance, quick, stand):
    with Command("worker", database_url, instance) as working:
        until(lambda: "decay_presence" in runs(app))
        stand(app)
        working.process.send_signal(signal.SIGKILL)
        working.process.wait()
        until(lambda: quick, seconds=3)


def test_web_workers_run_the_jobs_by_default_also_those_that_come_for_killed_ones(cast, serve):
    server = serve(SCHEDULER="on", WEB_CONCURRENCY="2")
    mine = lease.lease_for(cast.app.config)
    until(lambda: "decay_presence" in runs(cast.app))
    assert not mine.acquire()
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    forget_runs(cast.app)
    until(lambda: "decay_presence" in runs(cast.app))
    assert server.stop() < STOPS_WITHIN_SECONDS, server.log()
    assert mine.acquire()
    mine.release()
    assert "Traceback" not in server.log()
