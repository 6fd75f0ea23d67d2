"""Invites: valid until they expire, by the clock alone."""

import uuid

import pytest

from chatapp.clock import clock

pytestmark = pytest.mark.jobs_off_and_on


@pytest.fixture
def frozen(monkeypatch, jobs):
    """The clock stands still; the function returned moves it by so many seconds."""
    instant = [round(clock.seconds(), 3)]
    monkeypatch.setattr(clock, "seconds", lambda: instant[0])

    def move(by):
        instant[0] += by
        jobs.tick()

    return move


def invite(person, group, seconds=3600):
    return person.post(f"/api/groups/{group}/invites", {"expires_in": seconds})["invite"]


def test_whoever_holds_the_link_sees_where_it_leads_without_signing_in(cast, client):
    made = invite(cast.ben, cast.den)
    preview = client.get(f"/api/invites/{made['id']}").get_json()["invite"]
    assert preview == {"id": made["id"], "group_name": "den", "member_count": 3, "inviter_name": "Ben Okoro", "expires_at": made["expires_at"]}


def test_accepting_joins_the_group_once(cast):
    made = invite(cast.ben, cast.den)
    cursor = cast.ana.cursor()
    joined = cast.dan.post(f"/api/invites/{made['id']}/accept", status=200)["group"]
    assert joined["id"] == cast.den and joined["member_count"] == 4
    assert cast.dan.post(f"/api/invites/{made['id']}/accept", status=200)["group"]["member_count"] == 4
    assert cast.ana.kinds(cursor) == ["member.added"]


def test_an_invite_is_valid_until_the_very_instant_of_its_expiry(cast, client, frozen):
    made = invite(cast.ben, cast.den, 60)
    frozen(60 - 1e-6)
    assert client.get(f"/api/invites/{made['id']}").status_code == 200
    frozen(1e-6)
    assert client.get(f"/api/invites/{made['id']}").status_code == 404
    cast.dan.post(f"/api/invites/{made['id']}/accept", status=404)
    assert cast.ben.get(f"/api/groups/{cast.den}/invites")["invites"] == []


def test_expired_revoked_and_unknown_invites_look_the_same(cast, client, frozen):
    expired, revoked = invite(cast.ben, cast.den, 60), invite(cast.ben, cast.den)
    cast.ben.delete(f"/api/invites/{revoked['id']}")
    frozen(61)
    answers = {client.get(f"/api/invites/{one}").data for one in (expired["id"], revoked["id"], str(uuid.uuid4()), "nonsense")}
    assert len(answers) == 1


def test_its_creator_and_owners_revoke_an_invite(cast):
    made = invite(cast.ben, cast.den)
    cast.cleo.delete(f"/api/invites/{made['id']}", status=403)
    cast.dan.delete(f"/api/invites/{made['id']}", status=404)
    cast.ana.delete(f"/api/invites/{made['id']}")
    assert cast.ben.get(f"/api/groups/{cast.den}/invites")["invites"] == []


def test_only_members_make_and_see_a_groups_invites(cast):
    cast.dan.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600}, status=404)
    cast.dan.get(f"/api/groups/{cast.den}/invites", status=404)


@pytest.mark.parametrize(("seconds", "status"), [(59, 422), (30 * 24 * 3600 + 1, 422), (-1, 422), (2**63, 422), (1.5, 400), ("60", 400), (None, 400)])
def test_a_lifetime_has_bounds(cast, seconds, status):
    cast.ben.post(f"/api/groups/{cast.den}/invites", {"expires_in": seconds}, status)


def test_an_invite_into_a_deleted_group_is_no_longer_valid(cast, client):
    made = invite(cast.ben, cast.den)
    cast.ana.delete(f"/api/groups/{cast.den}")
    assert client.get(f"/api/invites/{made['id']}").status_code == 404
    cast.dan.post(f"/api/invites/{made['id']}/accept", status=404)
