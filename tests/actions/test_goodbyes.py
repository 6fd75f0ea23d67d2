"""A page says that it closes: whatever of it was still on its way, by whichever worker, does not bring it back."""

import pytest
from signs import beat, flush, heard, leave, row, seen

pytestmark = pytest.mark.jobs_off_and_on


def poll(person, page="page1"):
    person.get(f"/api/updates?since={person.cursor()}&device={page}")


@pytest.mark.parametrize("late", [poll, beat])
def test_what_comes_right_after_a_goodbye_by_another_worker_brings_nobody_back(cast, second_app, later, late):
    beat(cast.ana)
    leave(cast.ana)
    later(0.5)
    late(cast.ana.at(second_app))
    flush(second_app)
    later(9.25)
    assert seen(cast.ben, cast.ana) == "online"
    later(0.25)
    assert seen(cast.ben, cast.ana) == "offline"


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_goodbye_that_overtakes_the_first_beat_counts(cast, second_app, later, elsewhere):
    cursor = cast.ben.cursor()
    leave(cast.ana)
    assert seen(cast.ben, cast.ana) == "offline" and heard(cast.ben, cursor) == []
    later(0.5)
    app = second_app if elsewhere else cast.app
    beat(cast.ana.at(app))
    assert seen(cast.ben.at(app), cast.ana) == "online"
    later(9.5)
    assert seen(cast.ben.at(app), cast.ana) == "offline"


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_page_that_comes_back_later_is_back_at_whichever_worker(cast, second_app, later, elsewhere):
    beat(cast.ana)
    leave(cast.ana)
    later(3)
    beat(cast.ana.at(second_app) if elsewhere else cast.ana)
    later(60)
    assert seen(cast.ben, cast.ana) == "online"


def test_a_reload_is_neither_seen_nor_told(cast, later):
    beat(cast.ana)
    cursor = cast.ben.cursor()
    leave(cast.ana)
    later(9.75)
    beat(cast.ana, "page2")
    for _ in range(2):
        later(10)
        assert (seen(cast.ben, cast.ana), heard(cast.ben, cursor)) == ("online", [])


def test_many_reloads_of_one_tab_push_out_no_other(cast, later):
    beat(cast.ana, "another", promised=60)
    for number in range(12):
        beat(cast.ana, f"page{number}")
        later(1)
        leave(cast.ana, f"page{number}")
    for _ in range(3):
        later(55)
        assert seen(cast.ben, cast.ana) == "online"
        beat(cast.ana, "another", active=False, promised=60)
        flush(cast.app)


def test_the_goodbyes_of_a_device_fill_no_table_and_bring_back_no_device(cast, later):
    for number in range(20):
        leave(cast.ana, f"page{number}")
        later(1)
    assert len(row(cast.app, cast.ana)["devices"]) <= 8
    cast.ana.delete("/api/session")
    leave(cast.ana)  # this worker has not heard yet that she is signed out
    assert row(cast.app, cast.ana)["devices"] == {}
