"""The page of one's devices: by its address and from the own menu, with the password before anything is signed out."""

import re
import uuid

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from visitors import PASSWORD, heading

from chatapp.actions.transaction import transaction
from chatapp.clock import from_seconds, seconds
from chatapp.extensions import db
from chatapp.models import Device, Throttle

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOUR = 3600


def devices(page):
    return page.locator("[data-dialog=devices]")


def rows(page):
    return devices(page).locator(".device")


def row(page, name):
    return rows(page).filter(has_text=name)


def add_device(cast, person, name, kind="token", used=-1):
    """Let somebody have one more device, made two days ago and used at that hour from now; a token was never used."""
    made, used, ends = (from_seconds(seconds() + hours * HOUR) for hours in (-48, used, 24))
    times = {"created_at": made, "last_used_at": {"browser": used, "token": made}[kind], "expires_at": ends}
    with cast.app.app_context(), transaction():
        db.session.add(Device(user_id=person.id, kind=kind, name=name, token_hash=uuid.uuid4().hex, **times))


def names(person):
    return sorted(one["name"] for one in person.get("/api/me/devices")["devices"])


def ask(page):
    """Return the dialog that asks for the password."""
    return page.locator("[data-dialog=end-device]")


def test_the_page_has_an_address_and_lies_above_the_conversation(site):
    cast = site.cast
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    card = ana.locator("[data-action=own-menu]")
    card.click()
    ana.get_by_role("menuitem", name="Your devices").click()
    expect(ana).to_have_url(f"{site.url}/devices")
    expect(heading(ana)).to_have_text("den")
    ana.keyboard.press("Escape")
    expect(ana).to_have_url(f"{site.url}/groups/{cast.den}")
    expect(card).to_be_focused()
    ana.go_forward()
    expect(devices(ana)).to_be_visible()
    ana.go_back()
    expect(devices(ana)).to_be_hidden()
    expect(heading(ana)).to_have_text("den")

    ana.goto(f"{site.url}/devices")
    expect(rows(ana)).to_have_count(1)
    devices(ana).get_by_role("button", name="Close").click()
    expect(ana).to_have_url(f"{site.url}/groups/{cast.den}")


def test_each_device_says_what_it_is_and_the_only_one_that_it_is_alone(site):
    cast = site.cast
    add_device(cast, cast.ana, "nightly report")
    add_device(cast, cast.ana, "Safari on iPhone", kind="browser")
    add_device(cast, cast.ana, "Chrome on Windows", kind="browser", used=1)  # in use later than this one
    ana = site.open(cast.ana, "/devices")
    here, phone, token = rows(ana).filter(has=ana.locator("[data-part=here]:visible")), row(ana, "Safari on iPhone"), row(ana, "nightly report")
    expect(rows(ana)).to_have_count(4)
    expect(rows(ana).first.locator("[data-part=here]")).to_be_visible()
    expect(here).to_have_count(1)
    expect(here.locator("[data-part=times]")).to_have_text(re.compile("^In use now · "))
    expect(here.locator("[data-part=end]")).to_be_hidden()
    expect(phone.locator("[data-part=line]")).to_have_text(re.compile("^Browser"))
    expect(phone.locator("[data-part=times]")).to_have_text(re.compile(r"^Last used (to|yester)day at .+ · signed in \d+ \w+$"))
    assert "First used: " in phone.locator("[data-part=times]").get_attribute("title")
    expect(token.locator("[data-part=line]")).to_have_text(re.compile("^API token"))
    expect(token.locator("[data-part=times]")).to_have_text(re.compile("^Not used yet · made \\d"))
    expect(devices(ana).locator("[data-part=none]")).to_be_hidden()


def test_a_device_is_renamed_in_its_place(site):
    cast = site.cast
    add_device(cast, cast.ana, "nightly report")
    ana = site.open(cast.ana, "/devices")
    pencil = row(ana, "nightly report").get_by_role("button", name="Rename nightly report")
    field = devices(ana).locator("[data-part=rename-name]:visible")
    pencil.click()
    expect(field).to_be_focused()
    ana.keyboard.type("thrown away")
    ana.keyboard.press("Escape")
    expect(devices(ana)).to_be_visible()
    expect(pencil).to_be_focused()
    ana.keyboard.press("Enter")
    expect(field).to_have_value("nightly report")
    field.fill(" ")
    ana.keyboard.press("Enter")
    expect(devices(ana).locator("[data-error=name]:visible")).to_have_text(re.compile("."))
    field.fill("hourly report")
    ana.keyboard.press("Enter")
    expect(row(ana, "hourly report").get_by_role("button", name="Rename hourly report")).to_be_focused()
    assert "hourly report" in names(cast.ana)


def test_one_device_is_signed_out_by_the_password_only(site):
    cast = site.cast
    site.set_password(cast.ana)
    add_device(cast, cast.ana, "nightly report")
    ana = site.open(cast.ana, "/devices")
    end = row(ana, "nightly report").locator("[data-part=end]")
    end.click()
    expect(ask(ana).get_by_label("Your password")).to_be_focused()
    ana.keyboard.press("Escape")
    expect(end).to_be_focused()
    ana.keyboard.press("Enter")
    ana.keyboard.type("not the password")
    ana.keyboard.press("Enter")
    error = ask(ana).locator("[data-error=current_password]")
    expect(error).to_have_text(re.compile("password"))
    expect(ask(ana).locator("[name=current_password]")).to_be_focused()
    assert "nightly report" in names(cast.ana)
    ask(ana).locator("[name=current_password]").fill(PASSWORD)
    ana.keyboard.press("Enter")
    expect(ask(ana)).to_be_hidden()
    expect(row(ana, "nightly report")).to_have_count(0)
    expect(devices(ana).get_by_role("button", name="Close")).to_be_focused()
    assert "nightly report" not in names(cast.ana)


def test_all_others_are_signed_out_and_who_tries_too_often_is_told_when_to_come_again(site):
    cast = site.cast
    site.set_password(cast.ana)
    phone, laptop = cast.again(cast.ana), cast.again(cast.ana)
    ana = site.open(laptop, "/devices")
    expect(rows(ana)).to_have_count(3)
    devices(ana).get_by_role("button", name="Sign out all others").click()
    expect(ask(ana).get_by_role("heading")).to_have_text("Sign out 2 other devices?")
    field, error = ask(ana).locator("[name=current_password]"), ask(ana).locator("[data-error=current_password]")
    for _ in range(12):
        field.fill("not the password")
        with ana.expect_response("**/api/me/devices") as answer:
            ana.keyboard.press("Enter")
        if answer.value.status == 429:
            break
    expect(error).to_have_text(re.compile(r"Too many wrong passwords\. Try again in \d+ (s|min)\."))
    assert len(names(laptop)) == 3
    ana.keyboard.press("Escape")

    with cast.app.app_context(), transaction():
        db.session.execute(sa.delete(Throttle))
    devices(ana).get_by_role("button", name="Sign out all others").click()
    ana.keyboard.type(PASSWORD)
    ana.keyboard.press("Enter")
    expect(rows(ana)).to_have_count(1)
    expect(devices(ana).locator("[data-part=none]")).to_have_text("You are signed in here and nowhere else.")
    expect(devices(ana).get_by_role("button", name="Sign out all others")).to_be_hidden()
    assert phone.request("GET", "/api/me").status_code == 401


def test_the_list_is_read_again_when_a_device_was_ended_elsewhere(site):
    cast = site.cast
    ana = site.open(cast.ana, "/devices")
    phone = cast.again(cast.ana)
    expect(rows(ana)).to_have_count(1)
    ana.reload()
    expect(rows(ana)).to_have_count(2)
    phone.delete("/api/session")
    expect(rows(ana)).to_have_count(1)
