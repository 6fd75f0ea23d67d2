"""What others see of somebody whose real pages are reloaded and closed: nothing of a reload, and soon that the last one is gone."""

import random
import time

import pytest
from onlooker import Onlooker

GRACE_SECONDS, GONE_WITHIN_SECONDS = 10, 12
LONGEST_STAY_SECONDS = 0.3


def until_online(page, onlooker):
    """Wait until somebody whose page was just opened is seen as online, by question and by news."""
    end = time.monotonic() + 15
    while not (onlooker.saw("online", 0) and onlooker.heard("online", 0)):
        assert time.monotonic() < end, onlooker.statuses()
        page.wait_for_timeout(20)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("scheduler", "workers"), [("on", "2")], ids=["jobs on, two workers"])
def test_reloads_in_the_middle_of_everything_are_seen_by_nobody(site, size):
    cast, chance, held = site.cast, random.Random(7), []
    with Onlooker(site.server, cast.ben, cast.ana) as onlooker:
        ana = site.open(cast.ana, f"/groups/{cast.den}")
        until_online(ana, onlooker)
        ana.wait_for_timeout(200)  # each of the groups that they share is told
        before = list(onlooker.told)
        for _ in range(size(10, 100)):
            ana.wait_for_timeout(chance.uniform(0, LONGEST_STAY_SECONDS) * 1000)
            ana.reload(wait_until="commit")
        ana.route("**/api/state", lambda route: held.append(route))  # on a slow line the last one takes longer than a page has to come back
        ana.reload(wait_until="commit")
        ana.wait_for_timeout((GRACE_SECONDS + 1) * 1000)
        assert held and ana.locator("[data-part=layout]").is_hidden(), "it is still loading"
        asked, told = onlooker.statuses()
        assert asked == ["offline", "online"] and set(told) == {"online"} and len(told) == len(before), (asked, told)
        assert onlooker.looks > 50


@pytest.mark.parametrize(("database_url", "scheduler"), [("sqlite", "off"), ("postgresql", "on")], indirect=["database_url"])
@pytest.mark.parametrize("workers", ["2"])
def test_somebody_whose_tabs_are_all_closed_is_offline_within_twelve_seconds(site, scheduler):
    cast, chance = site.cast, random.Random(5)
    with Onlooker(site.server, cast.ben, cast.ana) as onlooker:
        first = site.open(cast.ana, f"/groups/{cast.den}")
        tabs = [first, *(site.open(cast.ana, f"/groups/{cast.den}", page=site.page(first.context)) for _ in range(2))]
        elsewhere = site.open(cast.ana)  # another browser
        until_online(first, onlooker)
        for tab in tabs:
            tab.close()
        for _ in range(6):  # closed while they are opened
            tab = site.page(elsewhere.context)
            tab.goto(site.url, wait_until="commit")
            tab.wait_for_timeout(chance.uniform(0, LONGEST_STAY_SECONDS) * 1000)
            tab.close()
        elsewhere.close()
        closed = time.monotonic()
        ways = [onlooker.saw] if scheduler == "off" else [onlooker.saw, onlooker.heard]
        while time.monotonic() < closed + GONE_WITHIN_SECONDS and not all(way("offline", closed) for way in ways):
            time.sleep(0.05)
    assert onlooker.statuses()[0] == ["offline", "online", "offline"]
    for way in ways:
        assert GRACE_SECONDS - 1 < way("offline", closed) - closed < GONE_WITHIN_SECONDS


def test_a_page_that_closes_says_nothing_after_its_goodbye_and_says_twice_that_it_came_back(page, run_js):
    said = []
    page.on("request", lambda one: said.append(one.url.rpartition("/api/")[2]) if "/api/" in one.url else None)
    page.route("**/api/heartbeat**", lambda route: route.fulfill(json={"auto_status": "online", "next": 25}))
    page.clock.install()
    run_js("heartbeat.js", "await new m.Heartbeat({ device: 'page1', onReply() {} }).start()")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide')); document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.fast_forward(200_000)
    assert said == ["heartbeat", "heartbeat/leave"]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    for passed, beats in ((0, 1), (2_900, 1), (200, 2), (24_800, 2), (300, 3)):
        page.clock.fast_forward(passed)
        page.wait_for_timeout(50)
        assert said[2:] == ["heartbeat"] * beats
