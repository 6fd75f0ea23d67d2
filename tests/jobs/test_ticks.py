"""Ticks: a job that fails is logged and noted and keeps no other from running; what ran is told to those who run the server."""

import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa
from signs import beat, seen

from chatapp.clock import clock, now
from chatapp.extensions import db
from chatapp.jobs import ticks
from chatapp.models import JobRun
from chatapp.rules.jobs import EVERY


def run(app, *names):
    for name in names:
        ticks.tick(app, name)


def notes(app):
    with app.app_context():
        return {one.name: one for one in db.session.execute(sa.select(JobRun)).scalars()}


def test_every_job_runs_twice_without_harm_and_is_noted(cast):
    beat(cast.ana)
    for _ in range(2):
        run(cast.app, *ticks.JOBS)
    assert set(ticks.JOBS) == set(EVERY)
    assert {name: (one.outcome, one.failures) for name, one in notes(cast.app).items()} == dict.fromkeys(ticks.JOBS, ("0", 0))
    assert all(one.started_at <= one.finished_at <= now() for one in notes(cast.app).values())
    assert seen(cast.ben, cast.ana) == "online"


def test_a_job_that_fails_is_logged_and_noted_and_others_go_on(cast, monkeypatch, caplog):
    def broken():
        db.session.execute(sa.text("SELECT nonsense"))

    monkeypatch.setitem(ticks.JOBS, "prune_events", broken)
    for _ in range(3):
        run(cast.app, "prune_events", "tidy_statuses")
    noted = notes(cast.app)
    assert noted["prune_events"].failures == 3
    assert noted["prune_events"].outcome in ("OperationalError", "ProgrammingError")
    assert (noted["tidy_statuses"].failures, noted["tidy_statuses"].outcome) == (0, "0")
    failed = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [one.getMessage() for one in failed] == ["job prune_events failed"] * 3
    assert all(one.exc_info for one in failed)
    monkeypatch.undo()
    monkeypatch.setattr(ticks, "NOTE_SECONDS", 0)
    run(cast.app, "prune_events")
    assert (notes(cast.app)["prune_events"].outcome, notes(cast.app)["prune_events"].failures) == ("0", 3)


def test_a_job_survives_that_its_run_cannot_be_noted(cast, monkeypatch, caplog):
    ran = []
    monkeypatch.setitem(ticks.JOBS, "tidy_statuses", lambda: ran.append(1))
    monkeypatch.setattr(ticks.upkeep, "note_job_run", lambda *_: 1 / 0)
    run(cast.app, "tidy_statuses", "tidy_statuses")
    assert ran == [1, 1]
    assert "could not be noted" in caplog.text


def test_a_job_that_runs_every_two_seconds_is_not_noted_each_time(cast, monkeypatch):
    run(cast.app, "decay_presence")
    first = notes(cast.app)["decay_presence"].started_at
    run(cast.app, "decay_presence")
    assert notes(cast.app)["decay_presence"].started_at == first
    monkeypatch.setattr(ticks, "NOTE_SECONDS", 0)
    run(cast.app, "decay_presence")
    assert notes(cast.app)["decay_presence"].started_at > first


def test_jobs_go_by_the_databases_clock_though_the_host_has_another(cast, monkeypatch):
    beat(cast.ana)
    right = clock.seconds()
    monkeypatch.setattr(clock, "_offset", clock._offset + 3600)
    run(cast.app, "decay_presence")
    assert abs(clock.seconds() - right) < 60
    assert seen(cast.ben, cast.ana) == "online"
    assert notes(cast.app)["decay_presence"].outcome == "0"


HOURLY = {"prune_events", "prune_leftovers"}


def jobs_told(app):
    """Return what is told of the jobs; the feed is not watched, so that time alone does not make it blind."""
    reply = app.test_client().get("/healthz")
    assert (reply.status_code, set(reply.get_json())) == (200, {"status", "database", "feed", "jobs"})
    return reply.get_json()["jobs"]


@pytest.mark.parametrize(("job", "well", "late"), [("decay_presence", 230, 250), ("tidy_statuses", 230, 250), ("prune_events", 10_000, 11_000)])
def test_health_says_of_a_job_only_whether_it_is_late(cast, later, job, well, late):
    later(12_000)
    run(cast.app, job)
    for wait, word in ((well, "ok"), (late - well, "late")):
        later(wait)
        assert jobs_told(cast.app) == dict.fromkeys(EVERY, "late") | {job: word}


def test_health_sees_a_scheduler_that_never_ran_or_not_since_the_start(cast, make_app, later):
    assert jobs_told(cast.app) == dict.fromkeys(EVERY, "ok"), "there was no time for it yet"
    later(250)
    assert jobs_told(cast.app) == {name: "ok" if name in HOURLY else "late" for name in EVERY}
    later(11_000)
    assert jobs_told(cast.app) == dict.fromkeys(EVERY, "late")
    run(cast.app, *EVERY)
    assert jobs_told(cast.app) == dict.fromkeys(EVERY, "ok")
    later(11_000)
    assert jobs_told(make_app()) == dict.fromkeys(EVERY, "ok")
    assert jobs_told(cast.app) == dict.fromkeys(EVERY, "late")


def test_the_shell_tells_when_each_job_ran_how_long_and_how_it_ended(cast, monkeypatch):
    shell = cast.app.test_cli_runner()
    assert shell.invoke(args=["jobs"]).output == ""
    run(cast.app, "cleanup_expired_invites")
    monkeypatch.setitem(ticks.JOBS, "prune_events", lambda: 1 / 0)
    run(cast.app, "prune_events")
    told = shell.invoke(args=["jobs"])
    assert told.exit_code == 0, told.output
    first, second = (line.split() for line in told.output.splitlines())
    assert (first[0], first[3], first[5], first[6:]) == ("cleanup_expired_invites", "UTC", "s", ["0", "(0", "failures)"])
    assert (second[0], second[6:]) == ("prune_events", ["ZeroDivisionError", "(1", "failures)"])
    assert 0 <= float(first[4]) < 60
    day = now()
    assert first[1] in (f"{day:%Y-%m-%d}", f"{day - timedelta(days=1):%Y-%m-%d}")
