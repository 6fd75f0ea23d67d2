"""The ground that the tests stand on: databases, applications, a browser. The cast is in tests/cast.py."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from cast import Cast
from databases import SETTINGS, PostgreSQL, SQLite, close
from launcher import cluster

from chatapp import create_app
from chatapp.config import DEFAULTS

SERVER = pytest.StashKey[str]()
FULL_SIZE = os.environ.get("CHATAPP_FULL_SIZE") == "1"


def pytest_configure():
    """Forget the settings of whoever runs the tests."""
    for name in DEFAULTS:
        os.environ.pop(name, None)


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


@pytest.fixture(scope="session")
def size():
    """A function that picks how much a test does: ``size(small, full)``; full under ./dev prove."""
    return lambda small, full: full if FULL_SIZE else small
