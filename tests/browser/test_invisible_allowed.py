"""Whether people may be invisible is the owners' to say; everyone is told, and whoever was invisible hears that they are seen."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WIDE = {"width": 1440, "height": 900}
SEEN = re.compile("Everyone sees that you are here now")


def switch(page):
    return page.get_by_role("switch", name="People may be invisible")


def test_an_owner_turns_it_off_and_everyone_is_told(site):
    cast = site.cast
    cast.ben.put("/api/me/status", {"invisible": True})
    ana = site.open(cast.ana, f"/groups/{cast.hall}", viewport=WIDE)
    ben, cleo = (site.open(one, f"/groups/{cast.hall}", viewport=WIDE) for one in (cast.ben, cast.cleo))
    for page in (ana, cleo):
        page.get_by_role("tab", name="Settings").click()
    expect(switch(ana)).to_have_attribute("aria-checked", "true")
    note = cleo.locator("[data-part=server-note]")
    expect(note).to_have_text("On this server everyone may be invisible.")
    expect(switch(cleo)).to_have_count(0)
    ana.locator("[data-action=own-menu]").click()
    expect(ana.locator("[data-part=invisible-note]")).to_have_text("You look signed out to everyone")
    ana.keyboard.press("Escape")

    switch(ana).click()
    ana.get_by_role("button", name="Cancel").click()
    expect(switch(ana)).to_have_attribute("aria-checked", "true")
    switch(ana).click()
    ana.get_by_role("button", name="Turn it off").click()
    expect(switch(ana)).to_have_attribute("aria-checked", "false")
    expect(note).to_have_text("On this server nobody can be invisible: everyone sees who is here.")
    expect(ben.locator("[data-part=toasts]")).to_have_text(SEEN)
    expect(ben.locator("[data-part=own-status]")).to_have_text("Online")
    expect(cleo.locator("[data-part=toasts]")).to_be_empty()
    ben.locator("[data-action=own-menu]").click()
    toggle = ben.get_by_role("menuitemcheckbox", name="Invisible")
    expect(toggle).to_be_disabled()
    expect(ben.locator("[data-part=invisible-note]")).to_have_text(re.compile("do not allow it: everyone sees when you are here"))
    sent = []
    ben.on("request", lambda request: request.method == "PUT" and sent.append(request.url))
    toggle.click(force=True)
    expect(toggle).to_have_attribute("aria-checked", "false")
    assert (sent, cast.ben.get("/api/me")["me"]["invisible"]) == ([], False)
    ben.reload()
    expect(ben.locator("[data-part=own-status]")).to_have_text("Online")
    expect(ben.locator("[data-part=toasts]")).to_be_empty()

    switch(ana).click()
    expect(switch(ana)).to_have_attribute("aria-checked", "true")
    expect(note).to_have_text("On this server everyone may be invisible.")


def test_whoever_was_away_then_is_told_by_their_next_page(site):
    cast = site.cast
    cast.ben.put("/api/me/status", {"invisible": True})
    ben = site.open(cast.ben, f"/groups/{cast.hall}")
    expect(ben.locator("[data-part=own-status]")).to_have_text("Invisible")
    ben.goto("about:blank")
    cast.ana.patch("/api/server", {"invisible_allowed": False})
    ben.goto(f"{site.url}/groups/{cast.hall}")
    expect(ben.locator("[data-part=toasts]")).to_have_text(SEEN)


def test_whoever_comes_back_by_themself_is_told_nothing(site):
    cast = site.cast
    ben = site.page()
    ben.clock.install()
    site.open(cast.ben, f"/groups/{cast.hall}", page=ben)
    own = ben.locator("[data-part=own-status]")
    for invisible, word in ((True, "Invisible"), (False, "Online")):
        cast.ben.put("/api/me/status", {"invisible": invisible})
        expect(own).to_have_text(word)
    ben.clock.fast_forward(11_000)
    cast.ana.patch("/api/server", {"invisible_allowed": False})
    ben.locator("[data-action=own-menu]").click()
    expect(ben.locator("[data-part=invisible-note]")).to_have_text(re.compile("do not allow it"))
    expect(ben.locator("[data-part=toasts]")).to_be_empty()
