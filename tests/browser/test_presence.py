"""What a page shows of other people's presence: at once when events come, by itself when none do."""

import re
import time

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from visitors import link, messages

from chatapp.actions import presence
from chatapp.actions.transaction import transaction
from chatapp.clock import now
from chatapp.extensions import db
from chatapp.models import UserStatus
from chatapp.presence.recent import FRESH_SECONDS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MINUTE, PRESENCE = 60, "**/api/presence?*"


def write_presence(person, quiet):
    """Let somebody have a live page without input for this many seconds (None: no page), past all deeds: no event tells of it."""
    page = {"beat": time.time(), "promised": 120, "input": time.time() - (quiet or 0)}
    devices = {} if quiet is None else {f"{person.device_id}:desk": page}
    known = {"devices": devices, "decays_at": now()}  # the job looks only at those whose time has come
    with person.app.app_context(), transaction():
        db.session.execute(sa.update(UserStatus).where(UserStatus.user_id == person.id).values(known))


def shows(page, name, status, words):
    """Check everything on Ana's page that says how somebody is."""
    row = page.locator("[data-part=member-list] li", has_text=name)
    for place in (row, link(page, name)):
        expect(place.locator("[data-part=presence]")).to_have_attribute("data-status", status)
        expect(place.locator("[data-part=presence] .visually-hidden")).to_have_text(re.compile(words if status != "offline" else "Offline"))
    expect(row.locator("[data-part=line]")).to_have_text(re.compile(words))


def test_coming_idling_and_going_are_shown_at_once(site, second_app):
    cast = site.cast
    beat = {"device": "desk", "active": True, "visible": True, "next": 120}
    cast.ben.say("hello", to=cast.ana.id)
    ana = site.open(cast.ana, f"/groups/{cast.den}", viewport={"width": 1440, "height": 900})
    line = ana.locator("[data-part=header] [data-part=line]")
    shows(ana, "Ben Okoro", "offline", "Offline|Last seen")
    expect(line).to_have_text("3 members")
    cast.ben.post("/api/heartbeat", beat, status=200)
    shows(ana, "Ben Okoro", "online", "Online")
    expect(line).to_have_text("1 person online")
    for quiet, status, words in ((6 * MINUTE, "idle", "Idle"), (20 * MINUTE, "away", "Away")):
        write_presence(cast.ben, quiet)
        with cast.app.app_context():
            presence.decay_presence()
        shows(ana, "Ben Okoro", status, words)
    expect(line).to_have_text("3 members")
    cast.ben.at(second_app).post("/api/heartbeat", beat, status=200)
    shows(ana, "Ben Okoro", "online", "Online")
    link(ana, "Ben Okoro").click()
    expect(line).to_have_text("Online")
    cast.ben.delete("/api/session")
    expect(line).to_have_text("Last seen just now")
    expect(link(ana, "Ben Okoro").locator("[data-part=presence]")).to_have_attribute("data-status", "offline")


def test_an_answer_that_was_overtaken_by_news_does_not_bring_back_what_was_before(site):
    cast, held = site.cast, []
    cast.ben.post("/api/heartbeat", {"device": "desk", "active": True, "visible": True, "next": 120}, status=200)
    ana = site.page()
    with ana.expect_response(PRESENCE):  # what the page asks at its start must not be answered after what follows
        site.open(cast.ana, f"/people/{cast.ben.id}", page=ana)
    line = ana.locator("[data-part=header] [data-part=line]")
    expect(line).to_have_text("Online")
    ana.route(PRESENCE, lambda route: held.append((route, route.fetch())))
    cast.ben.put("/api/me/status", {"invisible": True})
    expect(line).to_have_text("Offline")
    until = time.monotonic() + 10
    while not held and time.monotonic() < until:
        ana.wait_for_timeout(20)
    ((old, answer),) = held
    cast.ben.put("/api/me/status", {"invisible": False})
    expect(line).to_have_text("Online")
    old.fulfill(response=answer)
    ana.wait_for_timeout(300)
    expect(line).to_have_text("Online")


def test_without_any_event_an_open_page_is_right_within_75_seconds(site):
    cast = site.cast
    site.expected.append(re.compile("ERR_FAILED"))  # what the test cuts off by itself
    cast.ben.say("hello", to=cast.ana.id)
    ana = site.page(viewport={"width": 1440, "height": 900})
    ana.clock.install()
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    shows(ana, "Ben Okoro", "offline", "Offline|Last seen")
    for quiet, status, words in ((0, "online", "Online"), (6 * MINUTE, "idle", "Idle"), (None, "offline", "Offline|Last seen")):
        write_presence(cast.ben, quiet)
        time.sleep(FRESH_SECONDS)  # the page's clock is moved by hand, the server's is not
        live_on(ana, cast, seconds=75)
        shows(ana, "Ben Okoro", status, words)

    ana.route("**/api/**", lambda route: route.abort())
    for seconds in (45, 20):
        ana.clock.fast_forward(seconds * 1000)
        ana.wait_for_timeout(100)
    shows(ana, "Ben Okoro", "unknown", "Presence unknown")
    write_presence(cast.ben, 0)
    time.sleep(FRESH_SECONDS)
    ana.unroute("**/api/**")
    ana.clock.fast_forward(31_000)
    live_on(ana, cast, seconds=10)
    shows(ana, "Ben Okoro", "online", "Online")


def live_on(page, cast, seconds):
    """Let the page's time pass while its line stands: what others write goes on arriving."""
    for _ in range(seconds // 5):
        page.clock.fast_forward(5_000)
        said = cast.cleo.say("still talking", group=cast.den)
        expect(messages(page).last).to_have_attribute("data-number", str(said["number"]))


def test_being_invisible_shows_to_oneself_and_hides_from_others(site):
    cast = site.cast
    cast.ana.say("hello", to=cast.ben.id)
    cast.ana.put("/api/me/status", {"manual_status": "🎧 Focusing"})
    ana, ben = site.open(cast.ana, f"/groups/{cast.den}"), site.open(cast.ben, f"/groups/{cast.den}", viewport={"width": 1440, "height": 900})
    row = ben.locator("[data-part=member-list] li", has_text="Ana Sousa")
    expect(row.locator("[data-part=presence]")).to_have_attribute("data-status", "online")

    toggle = ana.get_by_role("menuitemcheckbox", name="Invisible")
    own = ana.locator("[data-part=own-status]")
    expect(own).to_have_text("🎧 Focusing")
    ana.locator("[data-action=own-menu]").click()
    toggle.click()
    expect(toggle).to_have_attribute("aria-checked", "true")
    expect(own).to_have_text("Invisible · 🎧 Focusing")
    expect(ana.locator("[data-part=own-presence]")).to_have_attribute("title", "Invisible")
    expect(row.locator("[data-part=presence]")).to_have_attribute("data-status", "offline")
    cast.ana.put("/api/me/status", {"manual_status": "in secret"})
    expect(own).to_have_text("Invisible · in secret")
    ana.keyboard.press("Escape")
    ana.reload()
    expect(own).to_have_text("Invisible · in secret")
    ben.reload()
    expect(row.locator("[data-part=presence]")).to_have_attribute("data-status", "offline")
    expect(row.locator("[data-part=line]")).to_have_text("🎧 Focusing")

    ana.locator("[data-action=own-menu]").click()
    toggle.click()
    expect(own).to_have_text("in secret")
    expect(row.locator("[data-part=presence]")).to_have_attribute("data-status", "online")
    expect(row.locator("[data-part=line]")).to_have_text("in secret")
