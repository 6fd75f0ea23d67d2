"""One's own status: written with an emoji in front, until an end that is chosen, and read whole wherever it stands."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from visitors import link, messages

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LONG = "🎧 listening to what the customers say, and to what they do not say"
ZONE = "Asia/Kathmandu"


def dialog(page):
    return page.locator("[data-dialog=status]")


def choice(page):
    return dialog(page).get_by_label("Clear it")


def in_hours(hours):
    """Return a moment to the minute, as a field of a page in ZONE holds it, and as a number."""
    at = (datetime.now(ZoneInfo(ZONE)) + timedelta(hours=hours)).replace(second=0, microsecond=0)
    return at.strftime("%Y-%m-%dT%H:%M"), at.timestamp()


def ends(person):
    until = person.get("/api/me")["me"]["manual_status_expires_at"]
    return until and datetime.fromisoformat(until).timestamp()


def test_an_end_of_ones_own_is_checked_sent_and_shown_again(site):
    cast = site.cast
    ana = site.open(cast.ana, f"/groups/{cast.den}", timezone_id=ZONE)
    sent = []
    ana.on("request", lambda request: request.method == "PUT" and sent.append(request.url))
    field = ana.locator("[data-part=input]")
    expect(field).to_be_focused()
    ana.keyboard.press("Control+Shift+Y")
    expect(dialog(ana).get_by_label("Status", exact=True)).to_be_focused()
    moment, error = dialog(ana).locator("[name=expires_at]"), dialog(ana).locator("[data-error=expires_at]")
    expect(moment).to_be_hidden()
    ana.keyboard.type("Out")
    choice(ana).select_option("at")
    expect(moment).to_be_focused()
    offered = datetime.fromisoformat(moment.input_value()).replace(tzinfo=ZoneInfo(ZONE))
    assert timedelta(minutes=59) < offered - datetime.now(ZoneInfo(ZONE)) <= timedelta(hours=2)
    for value, words in (("", "Choose a date and a time."), (in_hours(-1)[0], "This moment is in the past.")):
        moment.fill(value)
        ana.keyboard.press("Enter")
        expect(error).to_have_text(words)
        expect(moment).to_have_attribute("aria-invalid", "true")
    assert sent == []
    chosen, at = in_hours(30)
    moment.fill(chosen)
    ana.keyboard.press("Enter")
    expect(dialog(ana)).to_be_hidden()
    expect(field).to_be_focused()
    assert ends(cast.ana) == at

    ana.keyboard.press("Control+Shift+Y")
    expect(choice(ana)).to_have_value("at")
    expect(moment).to_have_value(chosen)
    for option, hours in (("30", 0.5), ("60", 1)):
        choice(ana).select_option(option)
        expect(moment).to_be_hidden()
        dialog(ana).get_by_role("button", name="Save").click()
        expect(dialog(ana)).to_be_hidden()
        assert abs(ends(cast.ana) - in_hours(hours)[1]) < 70
        ana.keyboard.press("Control+Shift+Y")
    for option in ("today", "week", ""):
        choice(ana).select_option(option)
        dialog(ana).get_by_role("button", name="Save").click()
        expect(dialog(ana)).to_be_hidden()
        ana.keyboard.press("Control+Shift+Y")
        shown = choice(ana).input_value()
        assert shown == option or (option, shown) == ("week", "today")  # on Sundays both are one moment
    assert ends(cast.ana) is None


def test_an_emoji_goes_in_front_and_what_is_too_long_is_counted_and_refused(site):
    ana = site.open(site.cast.ana, f"/groups/{site.cast.den}")
    ana.keyboard.press("Control+Shift+Y")
    field, count = dialog(ana).get_by_label("Status", exact=True), dialog(ana).locator("[data-part=count]")
    ana.keyboard.type("at the harbour")
    for emoji, text in (("🚆", "🚆 at the harbour"), ("🌴", "🌴 at the harbour"), ("🌴", "at the harbour"), ("☕", "☕ at the harbour")):
        dialog(ana).get_by_role("button", name=emoji, exact=True).click()
        expect(field).to_have_value(text)
        expect(field).to_be_focused()
    expect(count).to_be_hidden()
    field.fill("🚲" * 99)
    expect(count).to_have_text("1 left")
    field.fill("🚲" * 102)
    expect(count).to_have_text("2 too many")
    ana.keyboard.press("Enter")
    expect(dialog(ana).locator("[data-error=manual_status]")).to_have_text("A status has at most 100 characters.")
    field.fill("🚲" * 100)
    ana.keyboard.press("Enter")
    expect(dialog(ana)).to_be_hidden()
    assert site.cast.ana.get("/api/me")["me"]["manual_status"] == "🚲" * 100


def test_ones_own_status_ends_on_an_open_page_without_any_event(site):
    cast = site.cast
    cast.ana.say("hello", group=cast.den)
    until = (datetime.now().astimezone() + timedelta(minutes=20)).isoformat()
    cast.ana.put("/api/me/status", {"manual_status": "🍜 Lunch", "expires_at": until})
    site.expected.append(re.compile("ERR_FAILED"))  # what the test cuts off by itself
    ana = site.page()
    ana.route("**/api/presence?*", lambda route: route.abort())  # the page's clock is moved by hand, the server's is not
    ana.clock.install()
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    own, beside = ana.locator("[data-part=own-status]"), messages(ana).last.locator("[data-part=status]")
    expect(own).to_have_text("🍜 Lunch")
    expect(beside).to_have_attribute("title", own.get_attribute("title").partition(" · ")[2])
    assert "until" in beside.get_attribute("title")
    ana.clock.fast_forward(19 * 60_000)
    expect(own).to_have_text("🍜 Lunch")
    ana.clock.fast_forward(2 * 60_000)
    expect(own).not_to_have_text("🍜 Lunch")
    expect(beside).to_be_hidden()


def test_a_status_that_is_cut_is_whole_in_its_title_and_beside_the_focus(site):
    cast = site.cast
    cast.ben.put("/api/me/status", {"manual_status": LONG})
    cast.ben.say("hello", to=cast.ana.id)
    cast.ben.say("hello", group=cast.den)
    ana = site.open(cast.ana, f"/groups/{cast.den}", viewport={"width": 1440, "height": 900})
    tip = ana.locator("[data-part=tip]")
    row = messages(ana).last
    row.locator("[data-part=status]").evaluate("status => { status.style.maxWidth = '6rem' }")
    member = ana.locator("[data-part=member-list] li", has_text="Ben Okoro")
    places = (
        (row.locator("[data-part=status]"), row.locator("[data-part=author]")),
        (member.locator("[data-part=line]"), member.locator("[data-part=card]")),
        (link(ana, "Ben Okoro").locator("[data-part=status]"), link(ana, "Ben Okoro")),
    )
    for status, holder in places:
        expect(status).to_have_text(LONG)
        assert status.evaluate("one => one.scrollWidth > one.clientWidth && getComputedStyle(one).textOverflow === 'ellipsis'")
        assert LONG in status.get_attribute("title")
        ana.keyboard.press("Shift")  # whoever uses the keyboard sees where it is
        holder.focus()
        expect(tip).to_be_visible()
        assert LONG in tip.inner_text()
        box, size = tip.bounding_box(), ana.viewport_size
        assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"] and box["y"] + box["height"] <= size["height"]
        ana.keyboard.press("Escape")
        expect(tip).to_be_hidden()
