"""Do not disturb: chosen with an end, seen by oneself and others, silent until then and over by itself."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect
from visitors import link

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# Notifications that a test can count, allowed and wanted for everything.
NOTES = """
  globalThis.notes = []
  globalThis.Notification = class { constructor(title, { body }) { notes.push(body) } close() {} }
  Notification.permission = "granted"
  localStorage.setItem("chatapp.setting.notify", "all")
"""


def until(person):
    found = person.get("/api/me")["me"]["do_not_disturb_until"]
    return found and datetime.fromisoformat(found).timestamp()


def choose(page, option):
    page.locator("[data-action=own-menu]").click()
    page.locator("[data-part=quiet-choice]").select_option(option)


def test_it_is_chosen_in_the_own_menu_and_seen_by_oneself_and_by_others(site):
    cast = site.cast
    cast.ana.say("hello", to=cast.ben.id)
    ana, ben = (site.open(one, f"/groups/{cast.den}", viewport={"width": 1440, "height": 900}) for one in (cast.ana, cast.ben))
    own, choice = ana.locator("[data-part=own-status]"), ana.locator("[data-part=quiet-choice]")
    row, others = ben.locator("[data-part=member-list] li", has_text="Ana Sousa"), link(ben, "Ana Sousa")
    expect(own).to_have_text("Online")
    for option, minutes in (("30", 30), ("60", 60)):
        choose(ana, option)
        expect(choice).to_have_value("now")
        expect(choice.locator("option:checked")).to_have_text(clock(minutes=minutes))
        ana.keyboard.press("Escape")
        assert abs(until(cast.ana) - datetime.now().timestamp() - minutes * 60) < 20
    expect(own).to_have_text("Do not disturb")
    assert own.get_attribute("title").startswith("Do not disturb until ")
    for place in (ana.locator("[data-part=own-presence]"), row.locator("[data-part=presence]"), others.locator("[data-part=presence]")):
        expect(place).to_have_attribute("data-status", "dnd")
        expect(place.locator(".visually-hidden")).to_have_text("Do not disturb")
    expect(row.locator("[data-part=line]")).to_have_text("Do not disturb")

    choose(ana, "off")
    expect(row.locator("[data-part=presence]")).to_have_attribute("data-status", "online")
    expect(own).to_have_text("Online")
    assert until(cast.ana) is None
    ana.keyboard.press("Escape")
    choose(ana, "morning")
    expect(own).to_have_text("Do not disturb")
    at = datetime.fromtimestamp(until(cast.ana))
    assert (at.hour, at.minute, at.date()) == (9, 0, datetime.now().date() + timedelta(days=1))


def test_a_date_and_time_is_checked_in_its_dialog(site):
    cast = site.cast
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    field, error = ana.locator("[name=do_not_disturb_until]"), ana.locator("[data-error=do_not_disturb_until]")
    choose(ana, "at")
    expect(field).to_be_focused()
    for value, words in (("", "Choose a date and a time."), ("2024-02-29T10:00", "This moment is in the past.")):
        field.fill(value)
        ana.keyboard.press("Enter")
        expect(error).to_have_text(words)
    at = (datetime.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    field.fill(at.strftime("%Y-%m-%dT%H:%M"))
    ana.keyboard.press("Enter")
    expect(field).to_be_hidden()
    expect(ana.locator("[data-action=own-menu]")).to_be_focused()
    assert until(cast.ana) == at.timestamp()
    choose(ana, "at")
    expect(field).to_have_value(at.strftime("%Y-%m-%dT%H:%M"))


def test_nothing_notifies_until_it_ends_and_it_ends_without_any_event(site):
    cast = site.cast
    cast.ana.put("/api/me/status", {"do_not_disturb_until": (datetime.now().astimezone() + timedelta(minutes=20)).isoformat()})
    ana = site.page()
    ana.add_init_script(NOTES)
    ana.clock.install()
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    expect(ana.locator("[data-part=own-presence]")).to_have_attribute("data-status", "dnd")
    cast.ben.say("in peace", to=cast.ana.id)
    expect(link(ana, "Ben Okoro").locator("[data-part=badge]")).to_have_text("1")
    expect(ana).to_have_title("(1) den · Chatapp")
    assert ana.evaluate("notes") == []
    ana.clock.fast_forward(21 * 60_000)
    expect(ana.locator("[data-part=own-presence]")).not_to_have_attribute("data-status", "dnd")
    cast.ben.say("awake", to=cast.ana.id)
    expect(link(ana, "Ben Okoro").locator("[data-part=badge]")).to_have_text("2")
    assert ana.evaluate("notes") == ["awake"]


def clock(minutes):
    """Return a pattern of "until", followed by the time in so many minutes as a page writes it, the next minute too."""
    times = [(datetime.now() + timedelta(minutes=minutes + more)) for more in (-1, 0, 1)]
    words = {form for at in times for form in (at.strftime("%H:%M"), f"{at.hour % 12 or 12}:{at:%M}")}
    return re.compile("until .*(" + "|".join(sorted(words)) + ")")
