"""Failed tries to sign in, counted for all workers together."""

import math
import threading

import pytest
from browsers import PASSWORD, Browser, at_once, give_password

from chatapp import passwords
from chatapp.rules.throttle import ACCOUNT, ADDRESS

WRONG = "not her password"


@pytest.fixture
def people(cast):
    """Ana and Ben, who can sign in with PASSWORD."""
    give_password(cast.ana)
    give_password(cast.ben)
    cast.app.extensions["feed"].look()
    return cast


def fail(workers, login="ana", times=ACCOUNT.free, address=None):
    """Fail to sign in, each time through the next worker; from one address, or from a new one each time."""
    for number in range(times):
        Browser(workers[number % len(workers)], address or f"198.51.100.{number + 1}").sign_in(login, WRONG, 401)


def refused(app, login="ana", password=PASSWORD, address="203.0.113.9", **headers):
    """Return for how many seconds a try is refused, 0 when it is looked at."""
    reply = Browser(app, address).open("POST", "/api/session", {"login": login, "password": password}, **headers)
    if reply.status_code == 429:
        assert reply.get_json()["code"] == "throttled"
    return int(reply.headers["Retry-After"]) if reply.status_code == 429 else 0


def test_an_account_is_closed_to_all_addresses_and_workers_after_some_failures(people, app, second_app, later):
    fail((app, second_app))
    later(0)  # from here the clock stands still
    for worker in (app, second_app):
        assert refused(worker, password=WRONG) == refused(worker, password=PASSWORD) == 1
        assert refused(worker, " ANA ") == 1
        assert refused(worker, "ben") == 0


def test_each_further_failure_doubles_the_wait_and_waiting_it_out_opens_the_account(people, app, second_app, later):
    fail((app,))
    for wait in (1, 2, 4, 8):
        assert refused(second_app) == wait
        left = min(wait, 1.25)
        later(wait - left)
        assert refused(app) == math.ceil(left), "who comes back when told is not sent away again"
        later(left)
        assert refused((app, second_app)[wait % 2], password=WRONG) == 0
    later(16)
    assert refused(second_app) == 0


def test_a_success_forgives_the_account(people, app, second_app):
    fail((app, second_app), times=ACCOUNT.free - 1)
    Browser(second_app).sign_in("ana")
    fail((app, second_app), times=ACCOUNT.free - 1)
    Browser(app).sign_in("ana")


def test_time_forgives(people, app, later):
    fail((app,), times=ACCOUNT.free - 1)
    later(ACCOUNT.window)
    fail((app,), times=ACCOUNT.free - 1)
    Browser(app).sign_in("ana")


def test_whose_account_is_attacked_stays_signed_in_where_they_are(people, app, second_app, later):
    browser = Browser(app)
    browser.sign_in("ana")
    later(0)
    fail((app, second_app))
    assert refused(app) > 0
    assert browser.signed_in() and browser.at(second_app).signed_in()
    browser.call("PUT", "/api/me/password", {"current_password": PASSWORD, "new_password": PASSWORD + "!"}, 204)


def test_names_that_do_not_exist_are_throttled_alike(people, app, later):
    later(0)
    fail((app,), "nobody")
    assert refused(app, "nobody") == 1


def test_an_address_that_guesses_at_many_accounts_is_refused_and_others_are_not(people, app, second_app, later):
    later(0)
    for number in range(ADDRESS.free):
        fail((app, second_app), f"guess{number}", 1, "192.0.2.66")
    for worker in (app, second_app):
        assert refused(worker, "ben", address="192.0.2.66") == 1
        assert refused(worker, "ben", address="::ffff:192.0.2.66") == 1
    assert refused(app, "ben", address="192.0.2.67") == 0
    assert refused(app, "ben", address="192.0.2.66") == 1, "another's success does not forgive an address"


def test_one_household_counts_as_one_address(people, app, later):
    later(0)
    for number in range(ADDRESS.free):
        fail((app,), f"guess{number}", 1, f"2001:db8:1:2::{number + 1:x}")
    assert refused(app, "ben", address="2001:db8:1:2:ffff::1") == 1
    assert refused(app, "ben", address="2001:db8:1:3::1") == 0


@pytest.mark.parametrize(
    ("proxies", "said", "counts_as"),
    [
        ("0", "192.0.2.66", "10.0.0.1"),
        ("1", "192.0.2.66", "192.0.2.66"),
        ("1", "203.0.113.50, 192.0.2.66", "192.0.2.66"),
        ("2", "203.0.113.50, 192.0.2.66, 10.0.0.2", "192.0.2.66"),
    ],
)
def test_what_a_proxy_says_of_its_client_is_believed_as_far_as_proxies_are_trusted(make_app, people, app, later, proxies, said, counts_as):
    later(0)
    behind = make_app(TRUSTED_PROXIES=proxies)
    for number in range(ADDRESS.free):
        assert refused(behind, f"guess{number}", address="10.0.0.1", **{"X-Forwarded-For": said}) == 0
    for address in {"10.0.0.1", *said.split(", ")}:
        assert refused(app, "ben", address=address) == (address == counts_as)


def test_tries_at_once_learn_no_more_than_tries_in_a_row(people, app, second_app, later, monkeypatch):
    """Hashing takes its time: without a second look, all that begin within it would be answered."""
    later(0)
    tries = ACCOUNT.free * 4
    all_in = threading.Barrier(tries)
    verify = passwords.verify_password

    def together(stored, password):
        all_in.wait()
        return verify(stored, password)

    monkeypatch.setattr(passwords, "verify_password", together)

    def guess(number):
        browser = Browser((app, second_app)[number % 2], f"198.51.100.{number + 1}")
        return lambda: browser.open("POST", "/api/session", {"login": "ana", "password": f"{WRONG} {number}"}).status_code

    answers = at_once(*map(guess, range(tries)))
    assert sorted(answers) == [401] * ACCOUNT.free + [429] * (tries - ACCOUNT.free)


def test_the_right_password_among_many_tries_at_once_is_not_told_beyond_the_limit(people, app, later, monkeypatch):
    later(0)
    verify = passwords.verify_password

    def slow(stored, password):
        monkeypatch.setattr(passwords, "verify_password", verify)
        fail((app,))
        return verify(stored, password)

    monkeypatch.setattr(passwords, "verify_password", slow)
    assert Browser(app).sign_in("ana", status=429)["code"] == "throttled"
