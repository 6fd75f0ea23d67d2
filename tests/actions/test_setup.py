"""The first account: made once, with the token from the console."""

import pytest
import sqlalchemy as sa
from browsers import PASSWORD, Browser, at_once

from chatapp import passwords
from chatapp.actions.transaction import transaction
from chatapp.extensions import db
from chatapp.models import Server, User
from chatapp.signing_in import setup_token

RACERS = 8


def token_of(app):
    with app.app_context():
        return setup_token(app.config["SECRET_KEY"])


def form(token, username="ana", **other):
    fields = {"token": token, "name": "Ana Sousa", "username": username, "email": f"{username}@example.org", "password": PASSWORD}
    return fields | other


def usernames(app):
    with app.app_context():
        return db.session.execute(sa.select(User.username)).scalars().all()


def test_the_first_account_runs_the_server_and_is_signed_in(app):
    browser = Browser(app)
    me = browser.call("POST", "/api/setup", form(token_of(app)), 201)["me"]
    assert (me["username"], me["email"], me["is_server_owner"]) == ("ana", "ana@example.org", True)
    assert browser.call("GET", "/api/me")["me"] == me
    groups = browser.call("GET", "/api/groups")["groups"]
    assert [(one["is_primary"], one["role"], one["member_count"]) for one in groups] == [(True, "owner", 1)]
    assert Browser(app).sign_in("ana")["me"]["id"] == me["id"]


@pytest.mark.parametrize("wrong", ["", "0" * 40, "é" * 40])
def test_another_token_makes_nothing(app, wrong):
    assert Browser(app).call("POST", "/api/setup", form(wrong), 403)["code"] == "bad_token"
    assert usernames(app) == []


def test_a_form_that_the_rules_refuse_makes_nothing_and_can_be_sent_again(app):
    browser, token = Browser(app), token_of(app)
    refused = browser.call("POST", "/api/setup", form(token, password="too short"), 422)
    assert list(refused["errors"]) == ["password"] and usernames(app) == []
    browser.call("POST", "/api/setup", form(token), 201)


def test_no_connection_waits_while_the_password_is_hashed(app, monkeypatch):
    held, token, hash_password = [], token_of(app), passwords.hash_password

    def noting(password):
        held.append(db.engine.pool.checkedout())
        return hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", noting)
    Browser(app).call("POST", "/api/setup", form(token), 201)
    assert held == [0]


def test_set_up_is_done_once(app, second_app):
    token = token_of(app)
    Browser(app).call("POST", "/api/setup", form(token), 201)
    for given in (token, "wrong"):
        assert Browser(second_app).call("POST", "/api/setup", form(given, "ben"), 409)["code"] == "setup_done"
    assert usernames(app) == ["ana"]


def test_a_server_with_accounts_made_elsewhere_is_set_up(cast, client):
    reply = client.post("/api/setup", json=form(token_of(cast.app), "eve"))
    assert reply.status_code == 409 and "eve" not in usernames(cast.app)


def test_of_many_who_set_up_at_the_same_instant_one_wins(app, second_app):
    token = token_of(app)

    def racer(number):
        worker = (app, second_app)[number % 2]
        return lambda: Browser(worker).open("POST", "/api/setup", form(token, f"racer{number}")).status_code

    answers = at_once(*map(racer, range(RACERS)))
    assert sorted(answers) == [201] + [409] * (RACERS - 1)
    assert usernames(app) == [f"racer{answers.index(201)}"]


def test_all_workers_agree_on_the_token_and_another_epoch_or_key_means_another(app, second_app, make_app):
    before = token_of(app)
    assert before == token_of(second_app) and len(before) == 40
    assert token_of(make_app(SECRET_KEY="another-key-for-tests-" * 2)) != before
    with app.app_context(), transaction():
        db.session.execute(sa.update(Server).values(epoch=Server.epoch + 1))
    assert token_of(app) == token_of(second_app) != before
    assert Browser(second_app).open("POST", "/api/setup", form(before)).status_code == 403
