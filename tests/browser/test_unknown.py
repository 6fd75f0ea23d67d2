"""Whoever cannot reach the server is shown no dot that may be wrong: after two missed beats each says that nothing is known."""

import os
import re
import signal

import pytest
from playwright.sync_api import expect
from visitors import link

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DOTS = "[data-presence-of]"
LOOKS = """(dots) => dots.map((dot) => ({
  status: dot.dataset.status,
  words: dot.querySelector(".visually-hidden").textContent,
  title: dot.title,
  ring: getComputedStyle(dot).borderTopStyle,
  background: getComputedStyle(dot).backgroundColor,
}))"""
UNKNOWN = {"status": "unknown", "words": "Presence unknown", "title": "Presence unknown", "ring": "dashed", "background": "rgba(0, 0, 0, 0)"}


class Gone:
    """The server is killed, and started again."""

    def begin(self, site, page):
        site.server.kill()

    def end(self, site, page):
        site.server.restart()


class Silent:
    """Packets are lost: what stands carries nothing, and requests hang."""

    def begin(self, site, page):
        (self.worker,) = site.server.workers()
        os.kill(self.worker, signal.SIGSTOP)

    def end(self, site, page):
        os.kill(self.worker, signal.SIGCONT)


class Dropped:
    """The machine loses its network, and knows it."""

    def begin(self, site, page):
        page.context.set_offline(True)

    def end(self, site, page):
        page.context.set_offline(False)


def statuses(page):
    """Return {status: how many dots show it}, of all that are drawn."""
    found = page.locator(DOTS).evaluate_all("(dots) => dots.filter((dot) => dot.checkVisibility()).map((dot) => dot.dataset.status)")
    return {one: found.count(one) for one in set(found)}


def show_everybody(page):
    """Draw dots wherever they are drawn: sidebar, members, a dialog with all people."""
    page.locator("[data-action=directory]").first.click()
    expect(page.locator("[data-dialog=directory] [role=option]")).to_have_count(4)


def live_on(page, seconds, step=5):
    """Let the page's time pass, with pauses in which what was asked can be answered."""
    for _ in range(0, seconds, step):
        page.clock.fast_forward(step * 1000)
        page.wait_for_timeout(30)


@pytest.mark.parametrize("trouble", [Gone, Silent, Dropped])
def test_without_contact_every_dot_becomes_the_dashed_ring_and_comes_back_with_it(site, trouble):
    cast, line = site.cast, trouble()
    site.expected.append(re.compile("ERR_|status of 50"))
    for person in (cast.ben, cast.dan):
        person.say("hello", to=cast.ana.id)
        person.post("/api/heartbeat", {"device": "desk", "active": True, "visible": True, "next": 120}, status=200)
    ana = site.page(viewport={"width": 1440, "height": 900})
    ana.clock.install()
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    show_everybody(ana)
    row = ana.locator("[data-dialog=directory] [role=option]", has_text="Ben Okoro")
    for place in (row, link(ana, "Ben Okoro")):
        expect(place.locator("[data-part=presence]")).to_have_attribute("data-status", "online")
    before = statuses(ana)
    assert set(before) == {"online", "offline"} and sum(before.values()) >= 10

    line.begin(site, ana)
    live_on(ana, 25)
    assert statuses(ana) == before, "one beat that is missed is no sign of anything"
    live_on(ana, 30)
    looks = ana.locator(DOTS).evaluate_all(LOOKS)
    assert looks == [UNKNOWN] * len(looks) and statuses(ana) == {"unknown": sum(before.values())}
    expect(row.locator("[data-part=line]")).to_have_text("@ben · Presence unknown")
    cast.dan.delete("/api/session")
    live_on(ana, 120)
    assert set(statuses(ana)) == {"unknown"}

    line.end(site, ana)
    for _ in range(20):
        live_on(ana, 5)
        ana.wait_for_timeout(200)
        if "unknown" not in statuses(ana):
            break
    for place in (row, link(ana, "Ben Okoro")):
        expect(place.locator("[data-part=presence]")).to_have_attribute("data-status", "online")
    dan = link(ana, "Dan Weiss").locator("[data-part=presence]")
    expect(dan).to_have_attribute("data-status", "offline")
    expect(dan.locator(".visually-hidden")).to_have_text("Offline")
