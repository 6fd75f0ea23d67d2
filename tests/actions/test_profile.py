"""One's own name, address and password; one-time links for who forgot theirs."""

import pytest
import sqlalchemy as sa
from browsers import NEW_PASSWORD, PASSWORD, Browser, at_once, give_password

from chatapp import uniqueness
from chatapp.actions import profile
from chatapp.extensions import db
from chatapp.models import PasswordReset
from chatapp.updates import token_hash

THIRD_PASSWORD = "anchors aweigh, paper"


@pytest.fixture
def ana(cast):
    """Ana, who can sign in with PASSWORD, and a worker that follows the log."""
    give_password(cast.ana)
    cast.app.extensions["feed"].look()
    return cast.ana


def signed_in_browser(app, login="ana", password=PASSWORD):
    browser = Browser(app)
    browser.sign_in(login, password)
    return browser


def change(browser, current=PASSWORD, new=NEW_PASSWORD, status=204):
    return browser.call("PUT", "/api/me/password", {"current_password": current, "new_password": new}, status)


def reset_link(app, login="ana"):
    with app.app_context():
        return profile.create_reset(login)


def use_link(app, token, password=NEW_PASSWORD, status=204):
    return Browser(app).call("POST", "/api/password_resets", {"token": token, "new_password": password}, status)


def test_everybody_hears_a_new_name_and_only_oneself_the_address(cast):
    mine, his = cast.ben.cursor(), cast.dan.cursor()
    changed = cast.ben.patch("/api/me", {"name": " Benjamin  Okoro ", "username": "Benji", "email": "Benji@Example.org"})["me"]
    assert (changed["name"], changed["username"], changed["email"]) == ("Benjamin Okoro", "benji", "benji@example.org")
    told = {"id": cast.ben.id, "name": "Benjamin Okoro", "username": "benji", "deactivated": False}
    assert cast.dan.updates(his)["events"] == [{"kind": "user.changed", "data": {"user": told}}]
    own = {one["kind"]: one["data"] for one in cast.ben.updates(mine)["events"]}
    assert list(own) == ["user.changed", "me.changed"]
    assert own["me.changed"]["me"] == {name: value for name, value in changed.items() if name not in ("auto_status", "last_seen")}
    assert cast.ben.get("/api/me")["me"] == changed


def test_what_others_do_not_see_is_told_to_oneself_only_and_no_change_to_nobody(cast):
    """Anything more would tell that an invisible person is there."""
    mine, his = cast.ben.cursor(), cast.dan.cursor()
    for nothing in ({}, {"name": "Ben Okoro"}, {"email": "Ben@example.org", "username": "BEN"}):
        cast.ben.patch("/api/me", nothing)
    assert cast.ben.kinds(mine) == []
    cast.ben.patch("/api/me", {"name": "Ben Okoro", "email": "okoro@example.org"})
    assert cast.ben.kinds(mine) == ["me.changed"]
    assert cast.dan.kinds(his) == []


def test_what_is_not_given_stays(cast):
    before = cast.ben.get("/api/me")["me"]
    assert cast.ben.patch("/api/me", {"name": "Benjamin"})["me"] == before | {"name": "Benjamin"}
    assert cast.ben.patch("/api/me", {})["me"] == before | {"name": "Benjamin"}
    assert cast.ben.patch("/api/me", {"email": before["email"], "username": "BEN"})["me"] == before | {"name": "Benjamin"}


@pytest.mark.parametrize("field", ["name", "username", "email"])
def test_a_field_that_the_rules_refuse_is_named_and_nothing_changes(cast, field):
    before = cast.ben.get("/api/me")["me"]
    assert list(cast.ben.patch("/api/me", {"name": "Benjamin", field: " "}, 422)["errors"]) == [field]
    assert cast.ben.get("/api/me")["me"] == before


@pytest.mark.parametrize("at_this_instant", [False, True])
def test_who_takes_what_is_taken_is_told_which(cast, monkeypatch, at_this_instant):
    """The words in the values must not be mistaken for the fields' names in what the database says."""
    cast.ana.patch("/api/me", {"username": "email-fan", "email": "username@example.org"})
    if at_this_instant:  # somebody else was first between the look and the write
        monkeypatch.setattr(uniqueness, "check", lambda *_, **__: None)
    for change, field in (({"username": "Email-Fan"}, "username"), ({"email": "Username@example.org"}, "email")):
        refused = cast.ben.patch("/api/me", change, 409)
        assert (refused["code"], list(refused["errors"])) == (f"{field}_taken", [field])
    assert cast.ben.get("/api/me")["me"]["username"] == "ben"


def test_of_two_who_take_a_name_at_once_one_gets_it(cast, second_app):
    for number in range(3):
        wish = {"username": f"wish{number}"}
        answers = at_once(
            *(lambda who=who, wish=wish: who.request("PATCH", "/api/me", wish).status_code for who in (cast.ben, cast.dan.at(second_app)))
        )
        assert sorted(answers) == [200, 409]


def test_a_new_password_signs_everything_else_out_and_not_this_device(app, second_app, ana, cast):
    here, elsewhere = signed_in_browser(app), signed_in_browser(app)
    there = elsewhere.at(second_app)
    assert there.signed_in()
    cursor = cast.ben.cursor()
    change(here)
    second_app.extensions["feed"].look()
    assert here.signed_in()
    assert not elsewhere.signed_in() and not there.signed_in()
    ana.get("/api/me", status=401)
    assert cast.ben.kinds(cursor) == []
    Browser(app).sign_in("ana", PASSWORD, 401)
    Browser(app).sign_in("ana", NEW_PASSWORD)


def test_a_new_password_brings_this_browser_another_cookie_and_a_copy_of_the_old_one_is_dead(app, second_app, ana):
    here = signed_in_browser(app)
    copied, copied_there, old, lasts = here.at(app), here.at(second_app), here.cookie, here.client.get_cookie("chatapp").expires
    assert copied.signed_in()
    assert copied_there.signed_in()
    cursor = here.call("GET", "/api/state")["cursor"]
    change(here)
    second_app.extensions["feed"].look()
    assert here.cookie != old
    assert here.client.get_cookie("chatapp").expires == lasts  # as long as use can prolong the device, as after signing in
    assert [one.signed_in() for one in (here, here.at(second_app), copied, copied_there)] == [True, True, False, False]
    events = here.call("GET", f"/api/updates?since={cursor}")["events"]
    assert "session.renewed" in [one["kind"] for one in events]
    assert len([one for one in here.call("GET", "/api/me/devices")["devices"] if one["kind"] == "browser"]) == 1


def test_without_the_current_password_nothing_changes(app, ana):
    here, elsewhere = signed_in_browser(app), signed_in_browser(app)
    refused = change(here, current="not her password", status=403)
    assert (refused["code"], list(refused["errors"])) == ("bad_credentials", ["current_password"])
    assert here.signed_in() and elsewhere.signed_in()
    Browser(app).sign_in("ana", PASSWORD)


@pytest.mark.parametrize("weak", ["too short", "x" * 129, "aaaaaaaaaaaaaaaa", "ana@EXAMPLE.org"])
def test_a_new_password_keeps_the_rules(app, ana, weak):
    assert list(change(signed_in_browser(app), new=weak, status=422)["errors"]) == ["new_password"]
    assert list(use_link(app, reset_link(app), weak, 422)["errors"]) == ["new_password"]
    Browser(app).sign_in("ana", PASSWORD)


def test_of_two_who_change_a_password_at_once_one_stays_signed_in_with_theirs(app, second_app, ana):
    browsers = [signed_in_browser(app), signed_in_browser(app).at(second_app)]
    wishes = [NEW_PASSWORD, THIRD_PASSWORD]

    def changing(browser, wish):
        body = {"current_password": PASSWORD, "new_password": wish}
        return lambda: browser.open("PUT", "/api/me/password", body).status_code

    answers = at_once(*map(changing, browsers, wishes))
    assert answers.count(204) == 1 and {*answers} - {204} <= {401, 403}
    for worker in (app, second_app):
        worker.extensions["feed"].look()
    won = answers.index(204)
    assert browsers[won].signed_in() and not browsers[1 - won].signed_in()
    Browser(app).sign_in("ana", wishes[won])
    Browser(app).sign_in("ana", wishes[1 - won], 401)


def test_a_link_gives_a_new_password_once_and_signs_out_everywhere(app, second_app, ana):
    browser = signed_in_browser(app)
    link = reset_link(app, " ANA@example.org ")
    for _ in range(2):  # a chat program or mail filter looks at links before people do
        page = Browser(app).open("GET", f"/reset/{link}")
        assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    use_link(second_app, link)
    app.extensions["feed"].look()
    assert not browser.signed_in()
    ana.get("/api/me", status=401)
    Browser(app).sign_in("ana", NEW_PASSWORD)
    use_link(app, link, THIRD_PASSWORD, 404)
    Browser(app).sign_in("ana", NEW_PASSWORD)


def test_a_link_that_is_unknown_expired_used_or_replaced_is_the_same(app, ana, later):
    expired = reset_link(app, "ben")
    later(30 * 60)
    replaced, used = reset_link(app), reset_link(app)
    use_link(app, used)
    answers = [
        Browser(app).open("POST", "/api/password_resets", {"token": one, "new_password": THIRD_PASSWORD})
        for one in (expired, replaced, used, "x", "")
    ]
    assert {(one.status_code, one.data) for one in answers} == {(404, answers[0].data)}
    Browser(app).sign_in("ana", NEW_PASSWORD)


def test_a_link_lasts_half_an_hour(app, ana, later):
    link = reset_link(app)
    later(30 * 60 - 1)
    use_link(app, link)


def test_one_persons_link_leaves_anothers_alone(app, cast, ana):
    hers, his = reset_link(app, "ana"), reset_link(app, "ben")
    use_link(app, hers)
    use_link(app, his, THIRD_PASSWORD)
    Browser(app).sign_in("ana", NEW_PASSWORD)
    Browser(app).sign_in("ben", THIRD_PASSWORD)


def test_of_two_who_use_a_link_at_once_one_does(app, second_app, ana):
    link = reset_link(app)

    def using(worker, password):
        body = {"token": link, "new_password": password}
        return lambda: Browser(worker).open("POST", "/api/password_resets", body).status_code

    wishes = (NEW_PASSWORD, THIRD_PASSWORD)
    answers = at_once(*map(using, (app, second_app), wishes))
    assert sorted(answers) == [204, 404]
    Browser(app).sign_in("ana", wishes[answers.index(204)])


def test_of_a_link_only_its_hash_is_kept(app, ana):
    link = reset_link(app)
    with app.app_context():
        rows = [row._asdict() for row in db.session.execute(sa.select(*PasswordReset.__table__.columns))]
    assert len(link) >= 43 and [row["token_hash"] for row in rows] == [token_hash(link)] and link not in str(rows)
