"""The trigger update_user_status_timestamp, and the function cleanup_expired_invites()."""

import datetime

import pytest
import sqlalchemy as sa
from outside import Outside

from chatapp.actions import upkeep

LONG_AGO = "2020-01-01 00:00:00.000000"
LATER = "2020-02-02 00:00:00.000000"
LOWERING = [("online", "idle"), ("online", "away"), ("online", "offline"), ("idle", "away"), ("idle", "offline"), ("away", "offline")]
RAISING = [(high, low) for low, high in LOWERING] + [(one, one) for one in ("online", "idle", "away", "offline")]
SIGNS_OF_LIFE = [
    "manual_status = 'hi'",
    "manual_status = NULL",
    "invisible = true",
    "devices = '{\"x\": {}}'",
    "devices = devices",
    "public_last_seen = NULL",
    f"last_seen = '{LATER}'",
    f"updated_at = '{LATER}'",
    f"manual_status = 'hi', updated_at = '{LATER}', last_seen = '{LATER}'",
]
UPKEEP = [
    "tidied_at = '{0}'",
    "tidied_at = '{0}', manual_status = NULL, devices = '{{}}'",
    "tidied_at = '{0}', auto_status = 'online'",
    "tidied_at = NULL",
]


@pytest.fixture
def stamps(outside):
    """A function that changes a status which was stamped long ago, and tells which of its two times were stamped anew."""
    eva = outside.user("eva")

    def change(assignment, auto_status="away", tidied_at=None):
        stale = {"user": eva, "status": auto_status, "at": LONG_AGO, "tidied": tidied_at}
        outside.run("DELETE FROM user_status WHERE user_id = :user", user=eva)
        insert = "INSERT INTO user_status (user_id, auto_status, last_seen, updated_at, tidied_at) VALUES (:user, :status, :at, :at, :tidied)"
        outside.run(insert, **stale)
        outside.run(f"UPDATE user_status SET {assignment} WHERE user_id = :user", user=eva)
        ((updated, seen),) = outside.run("SELECT updated_at, last_seen FROM user_status WHERE user_id = :user", user=eva)
        assert updated == seen
        return anew(updated)

    return change


def anew(moment):
    """Tell whether a time is from this minute; anything but now and long ago is wrong."""
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment)
    age = datetime.datetime.now(datetime.UTC) - moment.replace(tzinfo=moment.tzinfo or datetime.UTC)
    assert abs(age.total_seconds()) < 60 or f"{moment:%Y-%m-%d}" == LONG_AGO[:10], moment
    return abs(age.total_seconds()) < 60


def test_every_update_of_a_status_is_stamped_as_a_sign_of_life(stamps):
    assert [one for one in SIGNS_OF_LIFE if not stamps(one)] == []
    assert [pair for pair in RAISING if not stamps(f"auto_status = '{pair[1]}', manual_status = 'hi'", auto_status=pair[0])] == []


def test_lowering_auto_status_and_upkeep_are_no_sign_of_life(stamps):
    assert [pair for pair in LOWERING if stamps(f"auto_status = '{pair[1]}'", auto_status=pair[0])] == []
    assert [pair for pair in LOWERING if stamps(f"auto_status = '{pair[1]}', devices = '{{}}'", auto_status=pair[0])] == []
    assert [one for one in UPKEEP if stamps(one.format(LATER), tidied_at=LONG_AGO)] == []
    assert stamps(f"tidied_at = '{LONG_AGO}'", tidied_at=LONG_AGO)  # it was named and not changed


def test_one_update_of_many_statuses_stamps_each_by_its_own_change(outside):
    people = {outside.user(name): status for name, status in (("ana", "idle"), ("ben", "online"), ("cleo", "offline"))}
    outside.run("DELETE FROM user_status")
    for user, status in people.items():
        insert = "INSERT INTO user_status (user_id, auto_status, last_seen, updated_at) VALUES (:user, :status, :at, :at)"
        outside.run(insert, user=user, status=status, at=LONG_AGO)
    outside.run("UPDATE user_status SET auto_status = 'idle'")
    assert {people[str(user)]: anew(seen) for user, seen in outside.run("SELECT user_id, last_seen FROM user_status")} == {
        "idle": True,
        "online": False,
        "offline": True,
    }


def test_a_program_with_recursive_triggers_is_stamped_too(sqlite, instance):
    with sqlite.fresh(instance) as url:
        outside = Outside(url)
        eva = outside.user("eva")
        with outside.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA recursive_triggers = ON")
            connection.execute(sa.text("UPDATE user_status SET last_seen = :at, updated_at = :at"), {"at": LONG_AGO})
            connection.commit()
        assert anew(outside.one("SELECT last_seen FROM user_status WHERE user_id = :eva", eva=eva))


@pytest.fixture
def invites(cast, outside):
    """Two invites that are over and two that are not."""
    ends = ("2020-01-01", "2020-01-02", "2998-01-01", "2999-01-01")
    for end in ends:
        outside.run("INSERT INTO group_invites (group_id, expires_at) VALUES (:den, :end)", den=cast.den, end=f"{end} 00:00:00.000000")
    return lambda: sorted(str(end)[:10] for (end,) in outside.run("SELECT expires_at FROM group_invites"))


def test_cleanup_deletes_expired_invites_and_tells_how_many(app, invites):
    with app.app_context():
        assert [upkeep.cleanup_expired_invites() for _ in range(2)] == [2, 0]
    assert invites() == ["2998-01-01", "2999-01-01"]


def test_on_postgresql_any_program_may_call_the_cleanup(postgresql, instance):
    with postgresql.fresh(instance) as url:
        outside = Outside(url)
        for end in ("now() - interval '1 second'", "now() + interval '1 hour'", "clock_timestamp()"):
            outside.run(f"INSERT INTO group_invites (group_id, expires_at) SELECT id, {end} FROM groups")
        assert [outside.one("SELECT cleanup_expired_invites()") for _ in range(2)] == [2, 0]
        assert outside.one("SELECT count(*) FROM group_invites") == 1
