"""One's devices: named, and signed out by whoever knows the password."""

import pytest
from browsers import FIREFOX, PASSWORD, Browser
from cast import Cast

TRIES = 5  # wrong passwords before one must wait


@pytest.fixture
def ana(app):
    """Ana, with a token device of her own."""
    return Cast(app).ana


def own(browser):
    """Return {name: id} of one's devices."""
    return {one["name"]: one["id"] for one in browser.call("GET", "/api/me/devices")["devices"]}


def signed_in(app, agent=FIREFOX, address="203.0.113.77"):
    browser = Browser(app, agent=agent, address=address)
    browser.sign_in("ana")
    return browser


def test_a_device_tells_coarsely_where_it_signed_in(app, ana):
    browser = signed_in(app)
    here, script = browser.call("GET", "/api/me/devices")["devices"]
    assert (here["address"], here["current"], script["address"]) == ("203.0.113.x", True, None)


def test_a_device_is_named(app, ana):
    browser = signed_in(app)
    mine = own(browser)["Firefox on Linux"]
    renamed = browser.call("PATCH", f"/api/me/devices/{mine}", {"name": "  The   laptop "})["device"]
    assert (renamed["name"], renamed["current"]) == ("The laptop", True)
    assert own(browser)["The laptop"] == mine
    browser.call("PATCH", f"/api/me/devices/{mine}", {"name": " "}, 422)


def test_a_device_that_is_not_there_is_not_named(app, ana):
    browser = signed_in(app)
    browser.call("PATCH", "/api/me/devices/00000000-0000-7000-8000-000000000000", {"name": "mine"}, 404)
    browser.call("PATCH", "/api/me/devices/nonsense", {"name": "mine"}, 404)


def test_signing_out_another_device_takes_the_password(app, second_app, ana):
    browser, other = signed_in(app), signed_in(second_app, agent="curl/8.0")
    there = own(browser)["Script"]
    browser.call("DELETE", f"/api/me/devices/{there}", {}, 422)
    refused = browser.call("DELETE", f"/api/me/devices/{there}", {"current_password": "not this one"}, 403)
    assert (refused["code"], list(refused["errors"])) == ("bad_credentials", ["current_password"])
    assert other.signed_in()
    browser.call("DELETE", f"/api/me/devices/{there}", {"current_password": PASSWORD}, 204)
    second_app.extensions["feed"].look()
    assert not other.signed_in()
    assert browser.signed_in()


def test_the_device_that_asks_signs_itself_out_without(app, ana):
    browser = signed_in(app)
    browser.call("DELETE", f"/api/me/devices/{own(browser)['Firefox on Linux']}", None, 204)
    app.extensions["feed"].look()
    assert not browser.signed_in()


def test_all_others_are_signed_out_at_once_tokens_too(app, second_app, ana):
    browser, others = signed_in(app), [signed_in(second_app) for _ in range(3)]
    browser.call("DELETE", "/api/me/devices", None, 400)
    browser.call("DELETE", "/api/me/devices", {"current_password": "not this one"}, 403)
    assert all(one.signed_in() for one in others)
    browser.call("DELETE", "/api/me/devices", {"current_password": PASSWORD}, 204)
    second_app.extensions["feed"].look()
    assert [one.signed_in() for one in others] == [False] * 3
    ana.at(second_app).get("/api/me", 401)
    assert list(own(browser)) == ["Firefox on Linux"]


WAYS = {
    "one": ("DELETE", "/api/me/devices/00000000-0000-7000-8000-000000000000", {}),
    "all others": ("DELETE", "/api/me/devices", {}),
    "a new password": ("PUT", "/api/me/password", {"new_password": "staple paper anchors"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_browser_that_was_left_open_is_no_place_to_guess_the_password(app, second_app, ana, way):
    browser, method, path, body = signed_in(app), *WAYS[way]
    for _ in range(TRIES):
        browser.call(method, path, {**body, "current_password": "a guess"}, 403)
    refused = browser.open(method, path, {**body, "current_password": PASSWORD})
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1
    elsewhere = Browser(second_app)
    elsewhere.sign_in("ana")
    assert elsewhere.signed_in(), "who knows it is kept out by nobody's guesses"
