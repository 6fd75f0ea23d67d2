"""Groups whose owner's account is closed."""

import sqlalchemy as sa
from races import race

from chatapp.actions.transaction import transaction
from chatapp.clock import from_seconds
from chatapp.extensions import db
from chatapp.models import GroupMember, group_member


def close(owner, person):
    owner.post(f"/api/users/{person.id}/deactivation", status=200)


def owners(person, group):
    return {one["user_id"] for one in person.get(f"/api/groups/{group}/members")["members"] if one["role"] == "owner"}


def test_a_group_whose_only_active_owner_goes_is_given_to_who_is_in_it_longest(app, cast):
    lab = cast.group("lab", cast.ben)
    for person in (cast.dan, cast.cleo):
        cast.ben.post(f"/api/groups/{lab}/members", {"user_id": person.id})
    alone = cast.group("alone", cast.ben)
    shared = cast.group("shared", cast.ben, cast.dan)
    cast.ben.patch(f"/api/groups/{shared}/members/{cast.dan.id}", {"role": "owner"})
    with app.app_context(), transaction():  # no time counts
        db.session.execute(sa.update(GroupMember).where(GroupMember.user_id == cast.cleo.id).values(joined_at=from_seconds(0)))
    cursor = cast.cleo.cursor()
    close(cast.ana, cast.ben)
    changed = [one["data"]["member"] for one in cast.cleo.updates(cursor)["events"] if one["kind"] == "member.changed"]
    assert [(one["group_id"], one["user_id"], one["role"]) for one in changed] == [(lab, cast.dan.id, "owner")]
    assert owners(cast.dan, lab) == {cast.ben.id, cast.dan.id} == owners(cast.dan, shared)
    cast.dan.patch(f"/api/groups/{lab}", {"name": "Dan's lab"})
    close(cast.ana, cast.dan)
    assert owners(cast.cleo, lab) == {cast.ben.id, cast.dan.id, cast.cleo.id}
    close(cast.ana, cast.cleo)  # nobody is left to whom it could go
    cast.ana.delete(f"/api/users/{cast.ben.id}/deactivation", 200)
    with app.app_context():
        assert [one.user_id for one in db.session.execute(group_member.active_owners(alone)).scalars()] == [cast.ben.id]


def test_of_two_accounts_closed_at_this_instant_none_is_given_a_group_for_good(cast, monkeypatch):
    """Whoever comes second sees that the heir is gone."""
    cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.cleo.id}", {"role": "owner"})
    lab = cast.group("lab", cast.ben)
    for person in (cast.dan, cast.cleo):
        cast.ben.post(f"/api/groups/{lab}/members", {"user_id": person.id})
    closings = [
        lambda by=by, one=one: by.request("POST", f"/api/users/{one.id}/deactivation", {}).status_code
        for by, one in ((cast.ana, cast.dan), (cast.cleo, cast.ben))
    ]
    assert race(monkeypatch, cast.app, *closings) == (200, 200)
    cast.cleo.patch(f"/api/groups/{lab}", {"name": "Cleo's lab"})


def test_the_other_owner_cannot_leave_while_an_owners_account_is_closed(cast, monkeypatch):
    lab = cast.group("lab", cast.ben, cast.dan, cast.cleo)
    cast.ben.patch(f"/api/groups/{lab}/members/{cast.dan.id}", {"role": "owner"})

    def leave():
        return cast.dan.request("DELETE", f"/api/groups/{lab}/members/{cast.dan.id}").status_code

    assert race(monkeypatch, cast.app, lambda: close(cast.ana, cast.ben), leave) == (None, 409)
    assert owners(cast.cleo, lab) == {cast.ben.id, cast.dan.id}
