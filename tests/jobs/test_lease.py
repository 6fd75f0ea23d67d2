"""The lease: one holder at a time, and another within moments when the holder is gone, however it went."""

import signal

import pytest
from shell import Command, terminate_lease_backends
from signs import until

from chatapp.config import database_url as database_url_of
from chatapp.jobs import lease


@pytest.fixture
def make_lease(app, make_app):
    """A function that returns a lease as another worker process would stand for it."""
    made = []

    def make():
        made.append(lease.lease_for(make_app().config))
        return made[-1]

    yield make
    for one in made:
        one.release()


def test_of_several_workers_one_holds_the_lease_until_it_lets_go(make_lease):
    workers = [make_lease() for _ in range(4)]
    assert [one.acquire() for one in workers] == [True, False, False, False]
    assert workers[0].alive()
    assert not workers[2].acquire()
    workers[0].release()
    assert [one.acquire() for one in workers[1:]] == [True, False, False]
    workers[1].release()
    workers[1].release()
    assert workers[0].acquire()


def test_a_holder_that_is_killed_frees_the_lease_at_once(app, make_lease, database_url, instance):
    mine = make_lease()
    with Command("worker", database_url, instance) as holder:
        until(lambda: held_by_another(mine))
        holder.process.send_signal(signal.SIGKILL)
        holder.process.wait()
        until(mine.acquire, seconds=3)
        assert mine.alive()


def test_a_holder_whose_backend_is_terminated_knows_and_another_takes_over(request, app, make_lease):
    first, second = make_lease(), make_lease()
    assert first.acquire()
    if request.node.callspec.params["database_url"] == "sqlite":
        first.release()  # a file's lock has nobody between that could take it away
    else:
        assert terminate_lease_backends(app) == 1
    until(second.acquire, seconds=3)
    assert not first.alive()
    first.release()
    assert not first.acquire()
    assert second.alive()


def test_a_lease_that_cannot_be_asked_for_is_not_held(postgresql, instance, caplog):
    with postgresql.fresh(instance) as url:
        away = lease.lease_for(settings(url, url.rpartition("/")[0] + "/not_there"))
    assert not away.acquire()
    assert "the lease cannot be asked for: OperationalError" in caplog.text
    away.release()


def test_the_lease_goes_past_a_pooler(postgresql, instance):
    with postgresql.fresh(instance) as url:
        mine = lease.lease_for(settings("postgresql://nobody@pooler.invalid/none", url))
        assert mine.acquire()
        mine.release()


def test_a_lease_is_free_before_its_connection_has_ended(postgresql, instance, monkeypatch):
    lingering = []
    with postgresql.fresh(instance) as url:
        one, other = lease.lease_for(settings(url, url)), lease.lease_for(settings(url, url))
        monkeypatch.setattr(one._engine.dialect, "do_close", lingering.append)
        monkeypatch.setattr(one._engine.dialect, "do_terminate", lingering.append)
        assert one.acquire()
        one.release()
        assert len(lingering) == 1
        assert other.acquire()
        other.release()
        lingering[0].close()


def settings(url, direct):
    return {"DATABASE_URL": database_url_of(url, None), "DATABASE_URL_DIRECT": database_url_of(direct, None)}


def held_by_another(mine):
    if mine.acquire():
        mine.release()
        return False
    return True
