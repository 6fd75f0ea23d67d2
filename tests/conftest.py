"""The ground that the tests stand on: databases, applications, a browser. The cast is in tests/cast.py."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import many_apps
import pytest
from cast import Cast
from databases import SETTINGS, PostgreSQL, SQLite, close
from find_browser import ADVICE, find_browser
from jobs_at_work import jobs, pytest_generate_tests  # noqa: F401 (pytest finds them here)
from launcher import cluster
from nginx import in_front_of
from playwright.sync_api import sync_playwright
from pooler import pooled
from programs import PROGRAMS
from served import served

from chatapp import create_app
from chatapp.clock import clock
from chatapp.config import DEFAULTS

SERVER = pytest.StashKey[str]()
# What may be missing on a machine: tests with this fixture are left out where this variable is 1.
LEAVE_OUT = {"browser": "CHATAPP_NO_BROWSER"} | {fixture: program.variable for fixture, program in PROGRAMS.items()}
LEFT_OUT = {fixture for fixture, variable in LEAVE_OUT.items() if os.environ.get(variable) == "1"}
FULL_SIZE = os.environ.get("CHATAPP_FULL_SIZE") == "1"


def pytest_configure():
    """Forget the settings of whoever runs the tests."""
    for name in DEFAULTS:
        os.environ.pop(name, None)


def pytest_collection_finish():
    """All modules are loaded: make ready for many applications."""
    many_apps.install()


def pytest_report_header():
    """Say what is left out."""
    return [f"{LEAVE_OUT[fixture]}=1: the tests with a {fixture} are left out." for fixture in sorted(LEFT_OUT)]


def pytest_collection_modifyitems(config, items):
    """Leave out what needs something that was said to be missing."""
    left_out = [item for item in items if LEFT_OUT & set(item.fixturenames)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tell a parallel test process where the PostgreSQL is that all of them share."""
    node.workerinput["postgresql"] = postgresql_server(node.config)


def postgresql_server(config):
    """Return the URL of a PostgreSQL that tests may make databases in; start one at the first call."""
    if named := os.environ.get("CHATAPP_TEST_DATABASE_URL"):
        return named
    if hasattr(config, "workerinput"):
        return config.workerinput["postgresql"]
    if SERVER not in config.stash:
        stack = contextlib.ExitStack()
        config.add_cleanup(stack.close)
        config.stash[SERVER] = stack.enter_context(cluster())
    return config.stash[SERVER]


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory):
    """Fresh SQLite databases."""
    return SQLite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(pytestconfig, tmp_path_factory):
    """Fresh PostgreSQL databases."""
    server = PostgreSQL(postgresql_server(pytestconfig), tmp_path_factory.mktemp("postgresql"))
    yield server
    server.close()


@pytest.fixture
def instance():
    """An instance folder with a short path: the sockets in it have room for 107 bytes."""
    folder = tempfile.mkdtemp(prefix="chat", dir="/tmp")
    yield Path(folder)
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, instance):
    """A fresh database at the newest schema. Every test that uses it runs on both kinds."""
    with request.getfixturevalue(request.param).fresh(instance) as url:
        yield url


@pytest.fixture
def make_app(database_url, instance):
    """A function that makes an application on this test's database: each is like one more worker process."""
    apps = []

    def make(**settings):
        apps.append(create_app({**SETTINGS, "DATABASE_URL": database_url, "INSTANCE": str(instance), **settings}))
        return apps[-1]

    yield make
    for app in apps:
        close(app)


@pytest.fixture
def app(make_app):
    """The application."""
    return make_app()


@pytest.fixture
def second_app(app, make_app):
    """Another worker process on the same database."""
    return make_app()


@pytest.fixture
def cast(app):
    """Ana, Ben, Cleo, Dan and their groups (see cast.py)."""
    return Cast(app)


@pytest.fixture
def client(app):
    """An HTTP client without an account."""
    return app.test_client()


@pytest.fixture
def later(monkeypatch, jobs):  # noqa: F811
    """A function that lets so many seconds pass. With it the clock of every application of this process stands still otherwise."""
    times = [int(clock.seconds())]
    monkeypatch.setattr(clock, "seconds", lambda: sum(times))

    def move(seconds):
        times.append(seconds)
        jobs.tick()

    return move


@pytest.fixture(scope="session")
def size():
    """A function that picks how much a test does: ``size(small, full)``; full under ./dev prove."""
    return lambda small, full: full if FULL_SIZE else small


@pytest.fixture
def serve(database_url, instance):
    """A function that starts a real server on this test's database: ``serve(WORKER_CLASS="gthread")``."""
    with contextlib.ExitStack() as stack:

        def start(**settings):
            given = {**SETTINGS, "FEED": "auto", "DATABASE_URL": database_url, "INSTANCE": str(instance), **settings}
            return stack.enter_context(served(given, instance / "server.log"))

        yield start


@pytest.fixture(scope="session")
def pooler():
    """A function that runs a pooler in front of a database; see pooler.pooled."""
    return _with("pooler", pooled)


@pytest.fixture(scope="session")
def nginx():
    """A function that runs nginx in front of a server; see nginx.in_front_of."""
    return _with("nginx", in_front_of)


def _with(program, function):
    return function if PROGRAMS[program].find() else pytest.fail(PROGRAMS[program].advice(), pytrace=False)


@pytest.fixture(scope="session")
def browser():
    """A running browser."""
    path = find_browser() or pytest.fail(ADVICE, pytrace=False)
    arguments = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses root.
        running = playwright.chromium.launch(executable_path=path, args=arguments + ["--no-sandbox"] * (os.geteuid() == 0))
        yield running
        running.close()


@pytest.fixture
def new_page(browser):
    """A function that opens a page in a browser profile of its own: another person, or another device."""
    contexts = []

    def open_page(**options):
        contexts.append(browser.new_context(**options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        for page in context.pages:  # an answer that a test still holds must not fail the next one
            page.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture
def page(new_page):
    """One page."""
    return new_page()
