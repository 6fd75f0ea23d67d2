"""Signing in and out; devices and tokens."""

import uuid

import pytest
import sqlalchemy as sa
from browsers import NEW_PASSWORD, PASSWORD, Browser, give_password
from cast import Person

from chatapp import passwords
from chatapp.actions import sessions
from chatapp.extensions import db
from chatapp.jobs import flusher
from chatapp.models import Device, User
from chatapp.updates import token_hash

DAY = 24 * 3600


@pytest.fixture
def ana(cast):
    """Ana, who can sign in with PASSWORD, and a worker that follows the log."""
    give_password(cast.ana)
    cast.app.extensions["feed"].look()
    return cast.ana


def devices(asker):
    return (asker.call("GET", "/api/me/devices") if isinstance(asker, Browser) else asker.get("/api/me/devices"))["devices"]


def stored(app, column, **where):
    with app.app_context():
        return db.session.execute(sa.select(column).filter_by(**where)).scalar_one()


def current(browser):
    """Return the id of a browser's own device."""
    return next(one["id"] for one in devices(browser) if one["current"])


def beat(app, asker):
    """Let a page on a device show signs of life, and its worker write them."""
    said = {"device": "page1", "active": False, "visible": True, "next": 25}
    for _ in range(2):  # the first one changes what others see and is stored at once; later ones wait for the flusher
        asker.call("POST", "/api/heartbeat", said) if isinstance(asker, Browser) else asker.post("/api/heartbeat", said, 200)
    flusher.flush(app)
    flusher.touch(app, {})


@pytest.mark.parametrize("login", ["ana", "ANA", "  Ana ", "ana@example.org", "Ana@Example.ORG"])
def test_people_sign_in_by_username_or_address_in_any_case(app, ana, login):
    browser = Browser(app)
    assert browser.sign_in(login)["me"]["id"] == ana.id
    assert browser.signed_in()


def test_a_wrong_name_and_a_wrong_password_answer_alike(app, ana):
    wrong = [
        ("ana", "not her password"),
        ("nobody", PASSWORD),
        ("ana@example.com", PASSWORD),
        ("ana' OR '1'='1", PASSWORD),
        ("ana", ""),
        ("", PASSWORD),
    ]
    answers = [Browser(app).open("POST", "/api/session", {"login": login, "password": password}) for login, password in wrong]
    assert {(one.status_code, one.data) for one in answers} == {(401, answers[0].data)}
    assert answers[0].get_json()["code"] == "bad_credentials"
    assert not any("Set-Cookie" in one.headers for one in answers)


@pytest.mark.parametrize("public_url", ["", "http://localhost", "https://localhost"])
def test_the_cookie_is_for_this_host_and_out_of_scripts_reach(make_app, ana, public_url):
    worker = make_app(PUBLIC_URL=public_url)
    flags = Browser(worker).open("POST", "/api/session", {"login": "ana", "password": PASSWORD}).headers["Set-Cookie"]
    assert "; HttpOnly" in flags and "; SameSite=Lax" in flags and "; Path=/" in flags and "Domain" not in flags
    secure = public_url.startswith("https")
    assert flags.startswith("__Host-chatapp=") == secure == ("; Secure" in flags)


def test_of_a_token_only_its_hash_is_kept(app, ana):
    browser = Browser(app)
    browser.sign_in("ana")
    made = browser.call("POST", "/api/tokens", {"name": "backup"}, 201)["token"]
    for secret in (browser.cookie, made):
        assert len(secret) >= 43  # 256 bits
    with app.app_context():
        rows = [row._asdict() for row in db.session.execute(sa.select(*Device.__table__.columns))]
    assert {token_hash(browser.cookie), token_hash(made)} <= {row["token_hash"] for row in rows}
    assert browser.cookie not in str(rows) and made not in str(rows)


def test_a_weak_hash_is_replaced_by_a_good_one_when_its_owner_signs_in(app, ana):
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=16, parallelism=2).hash(PASSWORD)
    give_password(ana, hashed=weak)
    Browser(app).sign_in("ana", "not her password", 401)
    assert stored(app, User.password, id=ana.id) == weak
    Browser(app).sign_in("ana")
    better = stored(app, User.password, id=ana.id)
    assert "$m=8,t=1,p=1$" in better
    Browser(app).sign_in("ana")
    assert stored(app, User.password, id=ana.id) == better


def test_a_password_changed_while_it_was_checked_is_refused(app, ana, monkeypatch):
    verify = passwords.verify_password

    def slow(found, password):
        right = verify(found, password)
        give_password(ana, NEW_PASSWORD)
        return right

    monkeypatch.setattr(passwords, "verify_password", slow)
    Browser(app).sign_in("ana", status=401)


def test_signing_out_ends_this_device_on_all_workers_and_no_other(app, second_app, ana):
    laptop, phone = Browser(app), Browser(app)
    laptop.sign_in("ana")
    phone.sign_in("ana")
    there = laptop.at(second_app)
    assert there.signed_in()
    reply = laptop.open("DELETE", "/api/session")
    assert reply.status_code == 204 and "Expires=Thu, 01 Jan 1970" in reply.headers["Set-Cookie"]
    second_app.extensions["feed"].look()
    assert not there.signed_in() and not laptop.signed_in() and phone.signed_in() and ana.get("/api/me")


def test_who_signs_in_again_has_one_device_not_two(app, cast, ana):
    give_password(cast.ben)
    browser = Browser(app)
    browser.sign_in("ana")
    first = browser.at(app)
    browser.sign_in("ben")
    assert not first.signed_in() and browser.call("GET", "/api/me")["me"]["id"] == cast.ben.id
    browser.sign_in("ben", "not his password", 401)
    assert browser.signed_in() and len(devices(browser)) == 2  # the other one is the cast's script


@pytest.mark.parametrize("used", [False, True])
def test_a_browser_is_signed_out_14_days_after_its_last_use_and_90_after_its_first(app, second_app, ana, later, used):
    browser = Browser(app)
    browser.sign_in("ana")
    there, own = browser.at(second_app), current(browser)
    assert there.signed_in()
    for day in range(13, 90, 13) if used else ():
        later(13 * DAY)
        assert browser.signed_in() and there.signed_in(), day
        beat(app, browser)
    later((12 if used else 14) * DAY - 60)
    assert browser.signed_in() and there.signed_in()
    later(61)
    assert not browser.signed_in() and not there.signed_in()
    assert own not in [one["id"] for one in devices(ana)]


def test_the_browser_keeps_its_cookie_for_as_long_as_use_can_prolong_the_device(app, ana):
    browser = Browser(app)
    browser.sign_in("ana")
    cookie = browser.client.get_cookie("chatapp")
    with app.app_context():
        begun = stored(app, Device.created_at, token_hash=token_hash(browser.cookie))
    assert round((cookie.expires - begun).total_seconds() / DAY) == 90


def test_tokens_open_the_doors_until_they_are_ended(app, second_app, ana):
    browser = Browser(app)
    browser.sign_in("ana")
    made = browser.call("POST", "/api/tokens", {"name": "  nightly   backup "}, 201)
    assert (made["device"]["name"], made["device"]["kind"], made["device"]["current"]) == ("nightly backup", "token", False)
    script = Person(second_app, ana.id, made["token"], made["device"]["id"])
    assert script.get("/api/me")["me"]["id"] == ana.id
    assert [one["id"] for one in devices(script) if one["current"]] == [made["device"]["id"]]
    assert made["token"] not in browser.open("GET", "/api/me/devices").text + browser.open("GET", "/api/state").text
    browser.call("DELETE", f"/api/me/devices/{made['device']['id']}", {"current_password": PASSWORD}, 204)
    second_app.extensions["feed"].look()
    script.get("/api/me", status=401)
    assert browser.signed_in()


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "Basic {}", "Bearer {}x", "Bearer é"])
def test_another_word_is_no_token(app, cast, header):
    reply = app.test_client().get("/api/me", headers={"Authorization": header.format(cast.ana.token)})
    assert reply.status_code == 401 and reply.get_json()["code"] == "unauthorized"


def test_tokens_last_a_year_however_much_they_are_used(app, cast, later):
    made = cast.ben.post("/api/tokens", {"name": "bot"})
    bot = Person(app, cast.ben.id, made["token"], made["device"]["id"])
    later(365 * DAY - 60)
    beat(app, bot)
    assert bot.get("/api/me")
    later(61)
    bot.get("/api/me", status=401)


@pytest.mark.parametrize(("name", "status"), [("", 422), ("x" * 65, 422), (None, 400), (5, 400)])
def test_a_token_needs_a_name(cast, name, status):
    cast.ana.post("/api/tokens", {"name": name}, status)


def test_a_device_that_ends_at_this_instant_makes_no_token(app, second_app, cast, monkeypatch):
    tidy = sessions.text.device_name

    def slow(name):
        monkeypatch.undo()
        cast.ana.at(second_app).delete("/api/session")
        return tidy(name)

    monkeypatch.setattr(sessions.text, "device_name", slow)
    cast.ana.post("/api/tokens", {"name": "late"}, 401)
    with app.app_context():
        assert db.session.execute(sa.select(Device.id).filter_by(name="late")).all() == []


def test_devices_are_listed_by_last_use_under_names_that_people_know(app, cast, ana, later):
    agents = {
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18 Safari/604.1": "Safari on iPhone",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36": "Chrome on Android",
        "curl/8.0": "Script",
    }
    for agent in agents:
        later(60)
        browser = Browser(app, agent=agent)
        browser.sign_in("ana")
    listed = devices(browser)
    assert [one["name"] for one in listed] == [*reversed(agents.values()), "script"]
    assert [one["current"] for one in listed] == [True, False, False, False, False]
    assert set(listed[0]) == {"id", "kind", "name", "created_at", "last_used_at", "expires_at", "address", "current"}


def test_anothers_device_answers_like_one_that_does_not_exist(app, cast):
    cast.ben.get("/api/me")
    ids, proof = (cast.ben.device_id, str(uuid.uuid4()), "nonsense"), {"current_password": PASSWORD}
    answers = [cast.ana.request("DELETE", f"/api/me/devices/{one}", proof) for one in ids]
    assert {(one.status_code, one.data) for one in answers} == {(404, answers[0].data)}
    assert cast.ben.get("/api/me")
    assert cast.ben.device_id not in [one["id"] for one in devices(cast.ana)]


def test_ones_pages_hear_that_a_device_ended_and_nobody_elses(cast):
    made = cast.ana.post("/api/tokens", {"name": "bot"})["device"]["id"]
    mine, his = cast.ana.cursor(), cast.ben.cursor()
    for status in (204, 404):
        assert cast.ana.request("DELETE", f"/api/me/devices/{made}", {"current_password": PASSWORD}).status_code == status
    assert cast.ana.updates(mine)["events"] == [{"kind": "session.ended", "data": {"device_id": made}}]
    assert cast.ben.kinds(his) == []
