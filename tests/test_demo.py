"""The demo company: believable, and made by the deeds that people use."""

import json

import pytest
import sqlalchemy as sa

from chatapp import demo, snapshots
from chatapp.extensions import db
from chatapp.models import Device, Message, User

SCRIPT = json.loads(demo.SCRIPT.read_text())


@pytest.fixture
def company(app):
    """The ids of the people by username, with the demo in the database."""
    with app.app_context():
        lines = list(demo.fill())
        assert demo.PASSWORD in lines[0]
        yield dict(db.session.execute(sa.select(User.username, User.id)).all())


def test_everybody_can_sign_in_and_nobody_is_signed_in(company, client):
    assert sorted(company) == sorted(one["username"] for one in SCRIPT["people"])
    assert db.session.execute(sa.select(sa.func.count()).select_from(Device).where(Device.ended_at.is_(None))).scalar_one() == 0
    assert client.post("/api/session", json={"login": "yuki", "password": demo.PASSWORD}).status_code == 201


def test_talk_goes_on_over_days_and_its_times_follow_its_numbers(company):
    times = {}
    for message in db.session.execute(sa.select(Message).order_by(Message.number)).scalars():
        times.setdefault(message.conversation, []).append(message.created_at)
    assert len(times) == len(SCRIPT["groups"]) + len(SCRIPT["directs"])
    assert all(moments == sorted(moments) for moments in times.values())
    assert len({moment.date() for moments in times.values() for moment in moments}) >= 3


def test_the_first_look_of_its_owner_shows_unread_messages_statuses_and_tombstones(company):
    state = snapshots.state(company["ana"])
    assert {one["name"]: one["last_number"] - one["read_mark"] for one in state["groups"]} == {
        "Kestrel Cycles": 0,
        "Design": 3,
        "Launch": 1,
        "Lunch": 0,
    }
    assert {one["username"]: one["manual_status"] for one in state["users"] if one["manual_status"]} == SCRIPT["statuses"]
    assert db.session.execute(sa.select(sa.func.count()).select_from(Message).where(Message.deleted_at.is_not(None))).scalar_one() == 1
    assert db.session.execute(sa.select(sa.func.count()).select_from(Message).where(Message.edited_at.is_not(None))).scalar_one() == 1


def test_the_demo_is_for_an_empty_server_only(cast):
    with cast.app.app_context():
        said = cast.app.test_cli_runner().invoke(args=["demo"])
        assert said.exit_code != 0
        assert "empty server" in said.output
