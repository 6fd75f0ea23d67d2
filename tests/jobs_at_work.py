"""Presence and invites are right whether or not the jobs ever run: their tests run twice, with the jobs dead and at work."""

import pytest
from cast import Person

from chatapp.jobs.ticks import JOBS

WAYS = {"jobs off": False, "jobs on": True}
CLOCKS = {"later", "frozen"}  # fixtures that move the clock and tick
DEEDS = ("decay_presence", "tidy_statuses", "cleanup_expired_invites")


class Jobs:
    """The jobs that a worker runs by the clock. ``at_work``: whether they run at all; ``ticks`` counts how often they did."""

    def __init__(self, app):
        self._app, self.at_work, self.ticks = app, app is not None, 0

    def tick(self):
        """Do what the jobs do, as the worker that holds the lease: one that nobody else talks to."""
        if not self.at_work:
            return
        for name in DEEDS:
            with self._app.app_context():
                JOBS[name]()
        self.ticks += 1


@pytest.fixture(autouse=True)
def jobs(request, monkeypatch):
    """The jobs: dead; where a test runs with and without them, at work after each move of the clock, and in a test that moves
    none after each deed of the cast."""
    if not WAYS[getattr(request, "param", "jobs off")]:
        return Jobs(None)
    working, ask = Jobs(request.getfixturevalue("make_app")()), Person.request
    if CLOCKS & set(request.fixturenames):
        return working

    def request_and_tick(person, method, *arguments, **more):
        reply = ask(person, method, *arguments, **more)
        if method != "GET":
            working.tick()
        return reply

    monkeypatch.setattr(Person, "request", request_and_tick)
    return working


def pytest_generate_tests(metafunc):
    """Let tests marked with ``jobs_off_and_on`` run twice, but those of them once that say why: ``jobs_off(reason)``."""
    marked = metafunc.definition.get_closest_marker
    if marked("jobs_off_and_on") and not marked("jobs_off"):
        metafunc.parametrize("jobs", WAYS, indirect=True)
