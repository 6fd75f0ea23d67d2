"""When somebody was last here: told no more exactly than it is known, and shown to whom one chooses."""

import re

import pytest
from playwright.sync_api import expect
from visitors import link

NOW = "2026-11-26T10:45:00Z"
SAID = [
    # last seen, precision, what is said of it
    ("2026-11-26T10:44:30Z", "exact", "just now"),
    ("2026-11-26T09:32:00Z", "exact", "today at 09:32"),
    ("2026-11-26T09:32:00Z", None, "today at 09:32"),
    ("2026-11-26T10:00:00Z", "hour", "around 10:00"),
    ("2026-11-25T23:00:00Z", "hour", "yesterday around 23:00"),
    ("2026-11-23T08:00:00Z", "hour", "Monday around 08:00"),
    ("2026-11-03T08:00:00Z", "hour", "on 3 November"),
    ("2025-11-03T08:00:00Z", "hour", "on 3 November 2025"),
    ("2026-11-26T00:00:00Z", "day", "today"),
    ("2026-11-25T00:00:00Z", "day", "on 25 November"),
    ("2025-11-25T00:00:00Z", "day", "on 25 November 2025"),
]


def stand_in(page, zone, locale="en_GB"):
    """Let a page's clock stand in a zone, with 24 hours a day."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
    devtools.send("Emulation.setLocaleOverride", {"locale": locale})


def test_it_is_said_as_exactly_as_it_is_told(run_js, page):
    stand_in(page, "UTC")
    body = "return argument.told.map(([time, precision]) => m.seen(time, precision ?? undefined, new Date(argument.now)))"
    assert run_js("helpers/time.js", body, {"told": SAID, "now": NOW}) == [said for *_, said in SAID]


def test_a_day_is_the_same_day_on_every_clock_of_the_world(run_js, page):
    stand_in(page, "America/Los_Angeles")
    body = "return m.seen('2026-11-25T00:00:00Z', 'day', new Date(argument))"
    assert run_js("helpers/time.js", body, NOW) == "on 25 November"


def option(page, words):
    return page.get_by_role("radio", name=re.compile(f"^{words}"))


def choose(page, who, precision=None):
    page.locator("[data-action=own-menu]").click()
    page.get_by_role("menuitem", name="Who sees when you were here").click()
    for words in filter(None, (who, precision)):
        option(page, words).check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-dialog=privacy]")).to_be_hidden()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_sees_it_and_how_exactly_is_chosen_and_goes_both_ways(site):
    cast = site.cast
    beat = {"device": "desk", "active": True, "visible": True, "next": 120}
    cast.ben.say("hello", to=cast.ana.id)
    cast.ben.post("/api/heartbeat", beat, status=200)
    phone = cast.again(cast.ben)
    phone.put("/api/me/status", {"invisible": True})
    ana = site.open(cast.ana, f"/people/{cast.ben.id}", viewport={"width": 1440, "height": 900})
    line = ana.locator("[data-part=header] [data-part=line]")
    expect(line).to_have_text("Last seen just now")
    ana.locator("[data-action=own-menu]").click()
    ana.get_by_role("menuitem", name="Who sees when you were here").click()
    dialog = ana.locator("[data-dialog=privacy]")
    expect(option(ana, "Everyone")).to_be_focused()
    expect(option(ana, "To the minute")).to_be_checked()
    expect(dialog).to_contain_text("you see of others no more, and no more exactly, than you show to them")
    option(ana, "Nobody").check()
    expect(option(ana, "To the hour")).to_be_disabled()
    ana.keyboard.press("Escape")
    expect(ana.locator("[data-action=own-menu]")).to_be_focused()

    choose(ana, "Everyone", "To the hour")
    expect(line).to_have_text(re.compile(r"^Last seen (yesterday )?around \d"))
    choose(ana, "People I share a group with", "To the day")
    expect(line).to_have_text(re.compile("^Last seen (today|on .+)$"))
    expect(ana.locator(".details .person [data-part=presence-line]")).to_have_text(re.compile("^Last seen (today|on .+)$"))
    expect(link(ana, "Ben Okoro").locator("[data-part=presence]")).to_have_attribute("title", re.compile("^Last seen (today|on .+)$"))
    choose(ana, "Nobody")
    expect(line).to_have_text("Offline")
    me = cast.ana.get("/api/me")["me"]
    assert (me["last_seen_to"], me["last_seen_precision"]) == ("nobody", "day")
