"""A right does not go between the check and the act: of two deeds that meet, the second sees what the first did."""

import uuid

import pytest
from browsers import PASSWORD, Browser
from races import race


@pytest.fixture
def meet(cast, monkeypatch):
    """A function that runs one deed to its commit while another is asked for; returns the status of each."""

    def run(first, second):
        return tuple(reply.status_code for reply in race(monkeypatch, cast.app, first, second))

    return run


@pytest.fixture
def invite(cast):
    """The id of an invite of Ben's into the den."""
    return cast.ben.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]


def removal(cast, person):
    return lambda: cast.ana.request("DELETE", f"/api/groups/{cast.den}/members/{person.id}")


def deletion(cast):
    return lambda: cast.ana.request("DELETE", f"/api/groups/{cast.den}")


def ask(person, method, path, body=None):
    return lambda: person.request(method, path, {} if body is None and method == "POST" else body)


def registration(cast, invite):
    form = {"invite": invite, "name": "Eve Lund", "username": "eve", "email": "eve@example.org", "password": PASSWORD}
    return lambda: Browser(cast.app).open("POST", "/api/users", form)


@pytest.mark.parametrize("deed", ["bring somebody in", "make a link back in", "revoke a link", "edit", "delete", "write", "mark as read"])
def test_who_is_removed_at_this_instant_does_nothing_more_there(cast, meet, invite, deed):
    said = cast.ben.say("as a member", group=cast.den)
    cursor = cast.cleo.cursor()
    den, message = f"/api/groups/{cast.den}", f"/api/messages/{said['id']}"
    asked = {
        "bring somebody in": ("POST", f"{den}/members", {"user_id": cast.dan.id}),
        "make a link back in": ("POST", f"{den}/invites", {"expires_in": 3600}),
        "revoke a link": ("DELETE", f"/api/invites/{invite}"),
        "edit": ("PATCH", message, {"content": "as a stranger"}),
        "delete": ("DELETE", message),
        "write": ("POST", f"{den}/messages", {"client_id": str(uuid.uuid4()), "content": "as a stranger"}),
        "mark as read": ("PUT", f"{den}/read_mark", {"number": 0}),
    }[deed]
    assert meet(removal(cast, cast.ben), ask(cast.ben, *asked)) == (204, 404)
    assert cast.cleo.kinds(cursor) == ["member.removed"]


@pytest.mark.parametrize("deed", ["bring somebody in", "invite", "accept", "register", "rename", "leave", "promote", "write"])
def test_in_a_group_that_is_deleted_at_this_instant_nothing_happens(cast, meet, invite, deed):
    cursors = {one: one.cursor() for one in (cast.ben, cast.dan)}
    den = f"/api/groups/{cast.den}"
    asked = {
        "bring somebody in": ask(cast.ben, "POST", f"{den}/members", {"user_id": cast.dan.id}),
        "invite": ask(cast.ben, "POST", f"{den}/invites", {"expires_in": 3600}),
        "accept": ask(cast.dan, "POST", f"/api/invites/{invite}/accept"),
        "register": registration(cast, invite),
        "rename": ask(cast.ana, "PATCH", den, {"name": "ghosts"}),
        "leave": ask(cast.cleo, "DELETE", f"{den}/members/{cast.cleo.id}"),
        "promote": ask(cast.ana, "PATCH", f"{den}/members/{cast.ben.id}", {"role": "owner"}),
        "write": ask(cast.ben, "POST", f"{den}/messages", {"client_id": str(uuid.uuid4()), "content": "hello?"}),
    }[deed]
    assert meet(deletion(cast), asked) == (204, 404)
    assert [one.kinds(cursors[one]) for one in (cast.ben, cast.dan)] == [["group.deleted"], []]


def test_who_lost_ownership_at_this_instant_removes_nobody(cast, meet):
    cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "owner"})
    demotion = ask(cast.ana, "PATCH", f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "member"})
    assert meet(demotion, ask(cast.ben, "DELETE", f"/api/groups/{cast.den}/members/{cast.cleo.id}")) == (200, 403)


@pytest.mark.parametrize("deed", ["revoke", "accept", "register"])
def test_an_invite_that_is_revoked_at_this_instant_is_gone(cast, meet, invite, deed):
    cursor = cast.cleo.cursor()
    revoke = ask(cast.ben, "DELETE", f"/api/invites/{invite}")
    asked = {"revoke": revoke, "accept": ask(cast.dan, "POST", f"/api/invites/{invite}/accept"), "register": registration(cast, invite)}[deed]
    assert meet(revoke, asked) == (204, 404)
    assert cast.cleo.kinds(cursor) == ["invite.revoked"]
