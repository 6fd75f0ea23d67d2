"""A page that missed something marks it, says so while it lasts, and ends up with what is true."""

import contextlib
import json
import os
import re
import signal
import uuid

import pytest
from playwright.sync_api import expect
from visitors import heading, link, messages, texts

from chatapp.actions import messages as deeds
from chatapp.actions.transaction import transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POLLS, HISTORY = "**/api/updates*", re.compile(r"/messages\?.*after=")
HOURS = 3 * 3600
SIZE = {"width": 1200, "height": 700}
AROUND = """mark => ["previous", "next"].map((side) => {
  let row = mark
  while (row.dataset.row !== "message") row = row[side + "ElementSibling"]
  return row.dataset.number
})"""
COUNT_TURNS = """() => {
  globalThis.turns = new Set()
  const look = () => {
    turns.add(document.querySelectorAll("[data-row=message]").length)
    setTimeout(look)
  }
  look()
}"""
COUNT_NOTIFICATIONS = """
localStorage["chatapp.setting.notify"] = "all"
globalThis.shown = []
globalThis.Notification = class { static permission = "granted"; constructor(title) { shown.push(title) } close() {} }
"""


@pytest.fixture(autouse=True)
def cut_offs_are_expected(site):
    site.expected.append(re.compile("ERR_"))


def bar(page):
    """Return the line that says how the page's contact is."""
    return page.locator("[data-part=connection-bar]")


def cut_off(page):
    """Take a page's line away. The answer that it is reading at this moment would go on: it is given up by hand."""
    page.context.set_offline(True)
    bar(page).get_by_role("button", name="Try now").click()
    expect(bar(page)).to_be_visible()


def talk(cast, numbers, monkeypatch, group=None):
    """Let Ben write many messages at once."""
    with cast.app.app_context(), transaction() as connection, monkeypatch.context() as patch:
        patch.setattr(deeds, "transaction", lambda: contextlib.nullcontext(connection))
        for number in numbers:
            deeds.send_message(cast.ben.id, str(uuid.uuid4()), f"message {number}", group_id=group or cast.den)


def resync_once(site, page):
    """Let a page's polls carry a cursor of another epoch until one is refused, as after a restore. Returns the list of refusals."""
    foreign, refused = site.cast.app.extensions["feed"].seal.seal(1, 1), []
    page.on("response", lambda reply: refused.append(reply.url) if reply.status == 409 else None)

    def poll(route):
        route.continue_(url=route.request.url if refused else re.sub("since=[^&]+", f"since={foreign}", route.request.url))

    page.route(POLLS, poll)
    return refused


def place_of(page, number):
    """Return where a message stands in the list, in pixels from its upper edge: the bar above it comes and goes."""
    tops = [page.locator(one).bounding_box()["y"] for one in (f"[data-number='{number}']", "[data-part=scroller]")]
    return round(tops[0] - tops[1])


def scroll_to(page, number):
    """Read further up."""
    page.locator(f"[data-number='{number}']").evaluate("row => row.scrollIntoView()")
    page.wait_for_timeout(200)


def seconds_until_last(page, text, come_back):
    """Return how long it takes, from the moment the line is back, until the last message on screen is the one that says this."""
    started = page.evaluate("performance.now()")
    come_back(page)
    page.wait_for_function("(text) => [...document.querySelectorAll('[data-row=message]')].at(-1)?.textContent.includes(text)", arg=text, polling=20)
    return (page.evaluate("performance.now()") - started) / 1000


def test_a_hole_in_the_numbers_is_marked_and_healed(site):
    cast, lost, held = site.cast, {2, 3}, []
    ana = site.page()

    def poll(route):
        answer = route.fetch(url=route.request.url.replace("wait=25&stream=1", "wait=0&stream=0"))
        batch = answer.json()
        events = [one for one in batch["events"] if one["data"].get("message", {}).get("number") not in lost]
        route.fulfill(body=json.dumps({**batch, "events": events, "next": 0.2}) + "\n")

    ana.route(POLLS, poll)
    ana.route(HISTORY, lambda route: held.append(route))
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    mark, last = ana.locator("[data-row=hole]"), messages(ana).last
    for number in range(1, 5):
        cast.ben.say(f"message {number}", group=cast.den)
    expect(last).to_contain_text("message 4")
    expect(mark).to_contain_text("Loading messages that were missed")
    assert mark.evaluate(AROUND) == ["1", "4"]
    held.pop().abort()
    expect(mark).to_contain_text("Some messages could not be loaded.")
    assert cast.ana.get(f"/api/groups/{cast.den}")["group"]["read_mark"] < 4
    mark.get_by_role("button", name="Try again").click()
    expect(mark).to_contain_text("Loading messages that were missed")
    held.pop().continue_()
    expect(mark).not_to_be_attached()
    assert texts(ana) == [f"message {number}" for number in range(1, 5)]

    lost.add(5)
    for number in (5, 6):
        cast.ben.say(f"message {number}", group=cast.den)
    expect(mark).to_contain_text("Loading messages that were missed")
    ana.unroute(HISTORY)
    held.pop().abort()
    expect(mark).not_to_be_attached()  # nobody asked for it
    assert texts(ana) == [f"message {number}" for number in range(1, 7)]


def test_a_page_that_slept_for_hours_says_so_and_is_right_within_seconds(site):
    cast = site.cast
    cast.ben.say("before", group=cast.den)
    ana = site.page(viewport={"width": 1440, "height": 900})
    ana.clock.install()
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    dot = ana.locator("[data-part=member-list] li", has_text="Ben Okoro").locator("[data-part=presence]")
    expect(dot).to_have_attribute("data-status", "offline")

    (worker,) = site.server.workers()
    os.kill(worker, signal.SIGSTOP)  # the line stands and carries nothing any more
    cast.ben.say("while you slept", group=cast.den)
    cast.ben.post("/api/heartbeat", {"device": "desk", "active": True, "visible": True, "next": 120}, status=200)
    expect(bar(ana)).to_be_hidden()
    ana.clock.set_system_time(ana.evaluate("Date.now()") / 1000 + HOURS)  # no timer saw these hours
    expect(bar(ana)).to_have_text(re.compile(r"What you see may be old: last contact (at|yesterday at) \d+:\d\d"))
    expect(dot).to_have_attribute("data-status", "unknown")
    os.kill(worker, signal.SIGCONT)
    expect(messages(ana).last).to_contain_text("while you slept")
    expect(bar(ana)).to_be_hidden()
    expect(dot).to_have_attribute("data-status", "online")


def test_a_thousand_missed_messages_come_without_a_freeze_a_jump_or_a_storm(site, monkeypatch):
    cast = site.cast
    talk(cast, range(1, 41), monkeypatch)
    cast.ana.put(f"/api/groups/{cast.den}/read_mark", {"number": 40})
    end, up, away, lost = pages = [site.page(viewport=SIZE) for _ in range(4)]
    away.add_init_script(COUNT_NOTIFICATIONS)
    for page in pages:
        site.open(cast.ana, f"/groups/{cast.hall if page is away else cast.den}", page=page)
    scroll_to(up, 5)
    before = place_of(up, 5)
    for page in pages:
        cut_off(page)
        page.evaluate(COUNT_TURNS)
    talk(cast, range(41, 1041), monkeypatch)
    refusals, pages_read = [], []
    lost.on("request", lambda one: pages_read.append(one.url) if "/messages?" in one.url else None)

    def come_back(page):
        refusals.extend([resync_once(site, page)] if page is lost else [])
        page.context.set_offline(False)

    come_back(up)
    expect(up.locator("[data-part=pill]")).to_have_text("1,000 new messages", timeout=10_000)
    assert up.locator("[data-row=new]").evaluate("line => line.nextElementSibling.dataset.number") == "41"
    assert abs(place_of(up, 5) - before) <= 1
    come_back(away)
    expect(link(away, "den").locator("[data-part=badge]")).to_have_text(re.compile(r"99\+|1000|1,000"), timeout=10_000)
    expect(away).to_have_title(re.compile(r"^\(99\+\)"))
    assert 1 <= away.evaluate("shown.length") <= 5
    for page in (end, lost):
        took = seconds_until_last(page, "message 1040", come_back)
        assert took < 6  # about one, when nothing else runs
        expect(messages(page).last).to_be_in_viewport()
        expect(bar(page)).to_be_hidden()
        expect(link(page, "den").locator("[data-part=badge]")).to_be_hidden()
    assert [len(refused) for refused in refusals] == [1]
    assert len(pages_read) <= 6  # it goes to the end at once, not through everything between
    assert end.evaluate("turns.size") >= 4  # the page could be used between the parts
    for page in (up, away):
        expect(link(page, "den").locator("[data-part=badge]")).to_be_hidden()


def test_to_read_everything_anew_shows_by_nothing_but_fresh_content(site, monkeypatch):
    cast = site.cast
    attic = cast.group("attic", cast.ben, cast.ana)
    talk(cast, range(1, 121), monkeypatch)
    talk(cast, [1], monkeypatch, group=attic)
    cast.ana.put(f"/api/groups/{cast.den}/read_mark", {"number": 120})
    stored = {one["number"]: one["id"] for one in cast.ben.get(f"/api/groups/{cast.den}/messages?limit=100")["messages"]}
    ana, other = site.open(cast.ana, f"/groups/{cast.den}", viewport=SIZE), site.open(cast.ana, f"/groups/{attic}")
    for page in (ana, other):
        cut_off(page)
    scroll_to(ana, 80)
    ana.locator("[data-part=input]").fill("half a thought")
    ana.locator("[data-number='80']").evaluate("row => { row.sameElement = true }")
    before = place_of(ana, 80)
    cast.ben.patch(f"/api/messages/{stored[81]}", {"content": "edited meanwhile"})
    cast.ben.delete(f"/api/messages/{stored[82]}", status=200)
    cast.ben.delete(f"/api/groups/{attic}")
    cast.ben.say("message 121", group=cast.den)
    refusals = [resync_once(site, page) for page in (ana, other)]
    for page in (ana, other):
        page.context.set_offline(False)

    expect(ana.locator("[data-number='81']")).to_contain_text("edited meanwhile", timeout=10_000)
    expect(ana.locator("[data-number='82']")).to_contain_text("This message was deleted.")
    expect(link(ana, "attic")).not_to_be_attached()
    expect(ana.locator("[data-part=pill]")).to_have_text("1 new message")
    assert abs(place_of(ana, 80) - before) <= 1
    assert ana.locator("[data-number='80']").evaluate("row => row.sameElement") is True
    expect(ana.locator("[data-part=input]")).to_have_value("half a thought")
    expect(ana.locator("[data-part=input]")).to_be_focused()
    expect(bar(ana)).to_be_hidden()
    expect(heading(other)).to_have_text("Everyone")
    expect(other.get_by_text("You are no longer in attic")).to_be_visible()
    cast.ben.say("and on", group=cast.hall)
    expect(messages(other).last).to_contain_text("and on")
    assert [len(refused) for refused in refusals] == [1, 1]
    expect(link(ana, "Everyone").locator("[data-part=badge]")).to_have_text("1")
