"""Presence and invites are tested with the jobs dead and at work; what is tested with dead jobs only says why."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from jobs_at_work import WAYS
from signs import beat, row, seen

ROOT = Path(__file__).resolve().parents[2]
WHOLE = [
    "tests/presence",
    "tests/actions/test_presence.py",
    "tests/actions/test_goodbyes.py",
    "tests/actions/test_invites.py",
    "tests/flows/test_invisible.py",
]
IN_PARTS = ["tests/actions/test_accounts.py", "tests/blueprints/test_pages.py", "tests/flows/test_stories.py", "tests/updates/test_new_epoch.py"]
MOST_WITHOUT = 10
REASON = 20  # characters; less says nothing


class Collected:
    """A plugin that notes for each test the ways in which it runs, and why it does not run in both."""

    def __init__(self):
        self.ways, self.reasons = defaultdict(set), {}

    def pytest_collection_modifyitems(self, items):
        for item in items:
            if not {"app", "database_url"} & set(item.fixturenames):
                continue  # there is no job where there is no application
            test = f"{item.location[0]}::{item.originalname}"
            self.ways[test].add(item.callspec.params.get("jobs") if hasattr(item, "callspec") else None)
            if without := item.get_closest_marker("jobs_off"):
                self.reasons[test] = without.args[0]


def collected():
    """Print what pytest collects: one line for each test, with its ways and its reason."""
    plugin = Collected()
    pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *WHOLE, *IN_PARTS], plugins=[plugin])
    for test, ways in plugin.ways.items():
        print("TEST", test, "|", ",".join(sorted(map(str, ways))), "|", plugin.reasons.get(test, ""))


@pytest.fixture(scope="module")
def tests():
    """{test: (its ways, its reason)}"""
    code = "import sys; sys.path[:0] = ['tests', 'tests/house']; import test_jobs_at_work; test_jobs_at_work.collected()"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    lines = [line.removeprefix("TEST ").split(" | ") for line in said.stdout.splitlines() if line.startswith("TEST ")]
    assert lines, said.stdout + said.stderr
    return {test: (set(ways.split(",")), reason) for test, ways, reason in lines}


def test_every_test_of_presence_and_invites_runs_both_ways_or_says_why_not(tests):
    whole = {test: found for test, found in tests.items() if test.startswith(tuple(WHOLE))}
    assert len(whole) > 60
    assert {test for test, (ways, reason) in whole.items() if ways != set(WAYS) and not reason} == set()
    assert {test for test, (ways, reason) in tests.items() if reason and ways & set(WAYS)} == set()
    for part in IN_PARTS:
        assert [test for test, (ways, _) in tests.items() if test.startswith(part) and ways == set(WAYS)]


def test_those_that_run_with_dead_jobs_only_are_few_and_each_has_a_reason(tests):
    reasons = [reason for _, reason in tests.values() if reason]
    assert 0 < len(reasons) <= MOST_WITHOUT
    assert min(map(len, reasons)) >= REASON


@pytest.mark.jobs_off_and_on
def test_the_jobs_are_really_at_work_or_really_dead(cast, later, jobs, request):
    assert jobs.at_work == (request.node.callspec.params["jobs"] == "jobs on")
    beat(cast.ana)
    later(70)
    assert jobs.ticks == jobs.at_work, "once, after the clock was moved"
    assert row(cast.app, cast.ana)["auto_status"] == ("offline" if jobs.at_work else "online")
    assert seen(cast.ben, cast.ana) == "offline"


@pytest.mark.jobs_off_and_on
def test_where_no_clock_is_moved_the_jobs_are_at_work_after_each_deed(cast, jobs):
    beat(cast.ana)
    beat(cast.ben)
    assert jobs.ticks == 2 * jobs.at_work
