"""Registering, being found, leaving."""

import pytest
from browsers import PASSWORD, Browser, at_once, give_password

from chatapp import passwords, uniqueness
from chatapp.extensions import db

DAY = 24 * 3600


@pytest.fixture
def invite(cast):
    """The id of an invite into the den."""
    return cast.ben.post(f"/api/groups/{cast.den}/invites", {"expires_in": DAY})["invite"]["id"]


def form(invite, username="eve", **other):
    return {"invite": invite, "name": "Eve Lund", "username": username, "email": "eve@example.org", "password": PASSWORD} | other


def register(app, invite, status=201, **fields):
    browser = Browser(app)
    return browser, browser.call("POST", "/api/users", form(invite, **fields), status)


def names(asker, query=""):
    found = asker.get(f"/api/users?{query}")
    return [one["username"] for one in found["users"]], found["more"]


def deactivation(person, user, method="POST", status=200):
    path = f"/api/users/{user.id}/deactivation"
    return person.post(path, status=status) if method == "POST" else person.delete(path, status)


@pytest.mark.jobs_off_and_on
def test_an_invite_leads_into_its_group_and_the_primary_one(app, cast, invite):
    browser, made = register(app, invite, username="Eve", email=" Eve@Example.org ")
    assert (made["me"]["username"], made["me"]["email"], made["me"]["is_server_owner"]) == ("eve", "eve@example.org", False)
    assert (made["group"]["id"], made["group"]["role"], made["group"]["member_count"]) == (cast.den, "member", 4)
    assert browser.call("GET", "/api/me")["me"] == made["me"]
    assert {one["id"]: one["role"] for one in browser.call("GET", "/api/groups")["groups"]} == {cast.hall: "member", cast.den: "member"}
    Browser(app).sign_in("eve@example.org")


@pytest.mark.jobs_off_and_on
def test_members_hear_of_a_newcomer_and_see_them_there(app, cast, invite):
    cursors = {one: one.cursor() for one in (cast.ben, cast.dan)}
    _, made = register(app, invite)
    for person, groups in ((cast.ben, [cast.hall, cast.den]), (cast.dan, [cast.hall])):
        events = person.updates(cursors[person])["events"]
        assert [(one["kind"], one["data"]["member"]["group_id"]) for one in events] == [("member.added", group) for group in groups]
        assert {one["data"]["user"]["username"] for one in events} == {"eve"} and "example.org" not in str(events)
    assert made["me"]["id"] in [one["user_id"] for one in cast.dan.get(f"/api/groups/{cast.hall}/members")["members"]]


@pytest.mark.jobs_off_and_on
def test_an_invite_into_the_primary_group_joins_it_once(app, cast):
    invite = cast.ben.post(f"/api/groups/{cast.hall}/invites", {"expires_in": DAY})["invite"]["id"]
    cursor = cast.dan.cursor()
    browser, made = register(app, invite)
    assert made["group"]["id"] == cast.hall and cast.dan.kinds(cursor) == ["member.added"]
    assert [one["id"] for one in browser.call("GET", "/api/groups")["groups"]] == [cast.hall]


@pytest.mark.jobs_off_and_on
@pytest.mark.parametrize("end", ["revoked", "expired", "group deleted"])
@pytest.mark.parametrize("when", ["before", "while the password is hashed"])
def test_an_invite_that_ended_makes_no_account(app, cast, invite, later, monkeypatch, end, when):
    ends = {
        "revoked": lambda: cast.ben.delete(f"/api/invites/{invite}"),
        "expired": lambda: later(DAY + 1),
        "group deleted": lambda: cast.ana.delete(f"/api/groups/{cast.den}"),
    }
    hash_password = passwords.hash_password

    def slow(password):
        ends[end]()
        return hash_password(password)

    if when == "before":
        ends[end]()
    else:
        monkeypatch.setattr(passwords, "hash_password", slow)
    browser, answer = register(app, invite, 404)
    assert answer["code"] == "not_found" and not browser.cookie
    assert "eve" not in names(cast.ana)[0]


@pytest.mark.parametrize("at_this_instant", [False, True])
@pytest.mark.parametrize(("field", "taken"), [("username", "Ben"), ("email", "BEN@example.org")])
def test_a_taken_name_or_address_is_told_by_its_field(app, cast, invite, monkeypatch, at_this_instant, field, taken):
    if at_this_instant:
        monkeypatch.setattr(uniqueness, "check", lambda *_, **__: None)
    browser, refused = register(app, invite, 409, **{field: taken})
    assert (refused["code"], list(refused["errors"])) == (f"{field}_taken", [field])
    assert not browser.cookie and len(names(cast.ana)[0]) == 4


def test_of_many_who_register_a_name_at_once_one_gets_it(app, second_app, cast, invite):
    def racer(worker):
        return lambda: Browser(worker).open("POST", "/api/users", form(invite)).status_code

    assert sorted(at_once(*map(racer, (app, second_app) * 3))) == [201, 409, 409, 409, 409, 409]
    assert names(cast.ana)[0].count("eve") == 1


@pytest.mark.parametrize("field", ["name", "username", "email", "password"])
def test_a_field_that_the_rules_refuse_is_named(app, invite, field):
    assert list(register(app, invite, 422, **{field: " "})[1]["errors"]) == [field]


def test_without_an_invite_nobody_registers_unless_that_is_open(make_app, cast):
    assert list(register(cast.app, None, 422)[1]["errors"]) == ["invite"]
    _, made = register(make_app(OPEN_REGISTRATION="on"), None)
    assert made["group"]["id"] == cast.hall and made["group"]["role"] == "member"


def test_open_registration_does_not_take_a_server_from_whoever_holds_its_set_up_link(make_app):
    browser, refused = register(make_app(OPEN_REGISTRATION="on"), None, 409)
    assert refused["code"] == "not_set_up" and not browser.cookie


def test_only_server_owners_close_and_open_accounts(cast):
    cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "owner"})  # of another group: that is not enough
    for person in (cast.ben, cast.dan):
        deactivation(person, cast.cleo, status=403)
        deactivation(person, cast.cleo, "DELETE", 403)
    cast.cleo.get("/api/me")


def test_a_closed_account_is_signed_out_everywhere_and_out_of_reach(app, second_app, cast):
    give_password(cast.ben)
    browser, ben_there = Browser(app), cast.ben.at(second_app)
    browser.sign_in("ben")
    said = cast.ben.say("I was here", group=cast.den)
    ben_there.get("/api/me")
    cursor = cast.dan.cursor()
    closed = deactivation(cast.ana, cast.ben)["user"]
    assert closed["deactivated"] and cast.dan.updates(cursor)["events"][0]["data"]["user"]["deactivated"]
    second_app.extensions["feed"].look()
    for person in (cast.ben, ben_there):
        person.get("/api/me", status=401)
    assert not browser.signed_in()
    wrong, right = (Browser(app).sign_in("ben", password, 401) for password in ("not his password", PASSWORD))
    assert wrong == right
    cast.ana.say("are you there?", to=cast.ben.id, status=403)
    cast.ana.post(f"/api/groups/{cast.group('new', cast.ana)}/members", {"user_id": cast.ben.id}, 404)
    assert cast.ana.get(f"/api/groups/{cast.den}/messages")["messages"] == [said]
    assert deactivation(cast.ana, cast.ben)["user"] == closed and cast.dan.kinds(cursor) == ["user.changed"]


def test_an_account_opened_again_can_sign_in_but_old_devices_stay_ended(app, cast):
    give_password(cast.ben)
    deactivation(cast.ana, cast.ben)
    cursor = cast.dan.cursor()
    for _ in range(2):
        assert not deactivation(cast.ana, cast.ben, "DELETE")["user"]["deactivated"]
    assert cast.dan.kinds(cursor) == ["user.changed"]
    cast.ben.get("/api/me", status=401)
    Browser(app).sign_in("ben")
    cast.ana.say("welcome back", to=cast.ben.id)


def test_the_server_keeps_an_active_owner(cast):
    assert deactivation(cast.ana, cast.ana, status=409)["code"] == "last_owner"
    cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ben.id}", {"role": "owner"})
    deactivation(cast.ana, cast.ben)
    assert deactivation(cast.ana, cast.ana, status=409)["code"] == "last_owner"
    cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ana.id}", {"role": "member"}, 409)
    deactivation(cast.ana, cast.ben, "DELETE")
    assert deactivation(cast.ana, cast.ana)["user"]["deactivated"]


def test_no_connection_waits_while_a_password_is_hashed(app, cast, invite, monkeypatch):
    held, hash_password = [], passwords.hash_password

    def noting(password):
        held.append(db.engine.pool.checkedout())
        return hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", noting)
    register(app, invite)
    assert held == [0]


def test_two_owners_who_close_each_others_account_at_once_leave_one(cast, second_app):
    cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ben.id}", {"role": "owner"})
    pairs = ((cast.ana, cast.ben), (cast.ben.at(second_app), cast.ana))
    answers = at_once(
        *(lambda one=one, other=other: one.request("POST", f"/api/users/{other.id}/deactivation", {}).status_code for one, other in pairs)
    )
    assert answers.count(200) == 1 and {*answers} - {200} <= {401, 409}


def test_the_directory_finds_parts_of_names_and_usernames_in_any_case(cast):
    for username, name in (("zoe", "Zoë Émile"), ("percy", "Per_cent 100%"), ("slash", "Back\\slash/er")):
        cast.add(username, name)
    searches = {
        "": ["ana", "slash", "ben", "cleo", "dan", "percy", "zoe"],
        "search=OKO": ["ben"],
        "search=BEN": ["ben"],
        "search=%20%20sousa%20": ["ana"],
        "search=ana%20so": ["ana"],
        "search=zo%C3%AB": ["zoe"],
        "search=%C3%89MILE": ["zoe"],
        "search=zoe%CC%88": [],
        "search=%25": ["percy"],
        "search=_": ["percy"],
        "search=%5C": ["slash"],
        "search=/": ["slash"],
        "search=%27%20OR%201=1": [],
        "search=example.org": [],
    }
    assert {query: names(cast.dan, query) for query in searches} == {query: (found, False) for query, found in searches.items()}


def test_the_directory_is_cut_and_says_so_and_leaves_closed_accounts_out(cast):
    assert names(cast.dan, "limit=2") == (["ana", "ben"], True)
    assert names(cast.dan, "limit=4") == (["ana", "ben", "cleo", "dan"], False)
    deactivation(cast.ana, cast.ben)
    assert names(cast.dan, "limit=2") == (["ana", "cleo"], True)
    assert names(cast.dan, "search=ben") == ([], False)
    for query in ("limit=0", "limit=101", "limit=x", f"search={'x' * 101}", f"ids={','.join([cast.ben.id] * 201)}"):
        cast.dan.get(f"/api/users?{query}", status=400)


def test_people_are_looked_up_by_ids_in_the_order_asked_closed_ones_too(cast):
    deactivation(cast.ana, cast.ben)
    ids = [cast.dan.id, cast.ben.id, "nonsense", cast.den, cast.dan.id, cast.ana.id.upper()]
    assert names(cast.cleo, f"ids={','.join(ids)}") == (["dan", "ben", "ana"], False)
    assert names(cast.cleo, "ids=") == ([], False)
    assert cast.cleo.get(f"/api/users/{cast.ben.id}")["user"]["deactivated"]
    assert set(cast.cleo.get(f"/api/users/{cast.ben.id}")["user"]) == {
        "id",
        "name",
        "username",
        "deactivated",
        "auto_status",
        "manual_status",
        "do_not_disturb",
        "last_seen",
        "last_seen_precision",
    }
