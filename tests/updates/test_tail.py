"""The tail looks on, whatever goes wrong."""

import contextlib
import os
import resource
import threading
import time

import pytest
import sqlalchemy as sa

from chatapp.updates import tail
from chatapp.updates.doorbell import FileDoorbell, doorbell_for


class Bell:
    """A doorbell that does what it is told."""

    def __init__(self, error=None):
        self.error, self.is_open, self.closed = error, False, 0

    def open(self):
        if self.error:
            raise self.error
        opened, self.is_open = not self.is_open, True
        return opened

    def wait(self, _seconds):
        time.sleep(0.01)

    def close(self):
        self.is_open, self.closed = False, self.closed + 1


class Feed:
    """A feed whose look and refresh may fail, and which counts its looks."""

    def __init__(self, bell, look=None, refresh=None):
        self.doorbell, self.closing, self.looks = bell, False, 0
        self.lock, self._look, self._refresh = threading.Lock(), look, refresh

    def look(self):
        self.looks += 1
        if self._look and self.looks < 3:
            raise self._look

    def refresh_groups(self):
        if self._refresh:
            raise self._refresh


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting longer than the test needs."""
    for name in ("LOOK_SECONDS", "RETRY_SECONDS", "REFRESH_SECONDS", "DEAF_SECONDS"):
        monkeypatch.setattr(tail, name, 0.01)


def looks_of(feed, least=6):
    """Follow until there were so many looks; return how many."""
    thread = threading.Thread(target=tail._follow, args=(feed,))
    thread.start()
    until = time.monotonic() + 5
    while feed.looks < least and time.monotonic() < until and thread.is_alive():
        time.sleep(0.01)
    alive = thread.is_alive()
    feed.closing = True
    thread.join()
    assert alive, "the tail has ended"
    return feed.looks


ERRORS = [OSError("no"), ValueError("filedescriptor out of range"), TypeError("odd"), sa.exc.OperationalError("", {}, None), RuntimeError("any")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_no_error_of_look_refresh_or_bell_ends_it(error):
    assert looks_of(Feed(Bell(), look=error)) >= 6
    assert looks_of(Feed(Bell(), refresh=error)) >= 6
    assert looks_of(Feed(Bell(error))) >= 6


def test_it_closes_its_bell_when_the_worker_stops():
    bell = Bell()
    looks_of(Feed(bell))
    assert bell.closed == 1


def test_a_bell_that_just_opened_is_not_waited_for(monkeypatch):
    """It may have rung before it could be heard."""
    monkeypatch.setattr(tail, "LOOK_SECONDS", 30)
    bell = Bell()
    ear = tail._Ear(bell)
    started = time.monotonic()
    ear.wait()
    assert bell.is_open
    assert time.monotonic() - started < 5


@contextlib.contextmanager
def many_files():
    """Hold so many files that new descriptors are beyond what select() takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_bell_is_heard_by_a_worker_with_more_than_a_thousand_files_open(app):
    bell = doorbell_for(app.config)
    with many_files():
        bell.open()
        try:
            threading.Timer(0.2, bell.ring).start()
            started = time.monotonic()
            bell.wait(20)
            assert time.monotonic() - started < 10
        finally:
            bell.close()


def test_a_url_with_the_drivers_own_arguments_rings_too(app):
    url = app.config["DATABASE_URL_DIRECT"]
    more = "" if url.startswith("sqlite") else "?application_name=mine&connect_timeout=9&keepalives_idle=20"
    bell = doorbell_for(app.config | {"DATABASE_URL_DIRECT": url + more})
    assert bell.open()
    assert not bell.open()
    bell.close()


def test_a_worker_whose_folder_has_too_long_a_name_for_a_socket_delivers_by_looking(tmp_path):
    bell = FileDoorbell(tmp_path / ("x" * 90) / "bells")
    (tmp_path / ("x" * 90)).mkdir()
    with pytest.raises(OSError, match="too long"):
        bell.open()
    bell.ring()
    bell.close()
