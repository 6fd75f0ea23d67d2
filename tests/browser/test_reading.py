"""Where one reads: the first unread, a place that never jumps, counts that are right everywhere, drafts that stay."""

import re

import pytest
from playwright.sync_api import expect
from visitors import heading, link, messages, say

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SIZE = {"width": 1200, "height": 700}
UP = """() => {
  const list = document.querySelector("[data-part=scroller]")
  list.scrollTop = 300
  const row = [...document.querySelectorAll("[data-row=message]")].find((one) => one.getBoundingClientRect().top > list.getBoundingClientRect().top)
  return [row.dataset.number, row.getBoundingClientRect().top]
}"""


def place_of(page, number):
    """Return where a message stands on screen, in pixels from the top."""
    return round(page.locator(f"[data-number='{number}']").bounding_box()["y"])


def talk(cast, numbers, speaker=None):
    for number in numbers:
        (speaker or cast.ben).say(f"message {number}", group=cast.den)


def test_opening_at_the_first_unread_and_reading_on_while_others_write(site):
    cast = site.cast
    talk(cast, range(1, 221))
    cast.ana.put(f"/api/groups/{cast.den}/read_mark", {"number": 170})
    elsewhere = site.open(cast.ana, f"/groups/{cast.hall}")
    ana = site.open(cast.ana, f"/groups/{cast.den}", viewport=SIZE)
    line = ana.locator("[data-row=new]")
    expect(line).to_be_in_viewport()
    assert line.evaluate("line => line.nextElementSibling.dataset.number") == "171"
    assert 0 < place_of(ana, 171) < SIZE["height"] / 2
    expect(link(ana, "den").locator("[data-part=badge]")).to_have_text("50")
    expect(ana).to_have_title(re.compile(r"^\(50\) den"))
    expect(elsewhere).to_have_title(re.compile(r"^\(50\) Everyone"))
    pill = ana.locator("[data-part=pill]")
    expect(pill).to_have_text("50 new messages")

    before = place_of(ana, 171)
    talk(cast, range(221, 224))
    expect(pill).to_have_text("53 new messages")
    assert place_of(ana, 171) == before

    check_older(ana)
    pill.click()
    expect(messages(ana).last).to_be_in_viewport()
    expect(messages(ana).last).to_contain_text("message 223")
    expect(link(ana, "den").locator("[data-part=badge]")).to_be_hidden()
    expect(ana).to_have_title(re.compile("^den"))
    expect(pill).to_be_hidden()
    expect(line).to_be_attached()
    ana.keyboard.press("Escape")
    expect(line).not_to_be_attached()
    expect(link(elsewhere, "den").locator("[data-part=badge]")).to_be_hidden()
    expect(elsewhere).to_have_title(re.compile("^Everyone"))

    talk(cast, [224])
    expect(messages(ana).last).to_contain_text("message 224")
    expect(messages(ana).last).to_be_in_viewport()
    expect(line).not_to_be_attached()
    expect(link(elsewhere, "den").locator("[data-part=badge]")).to_be_hidden()
    assert cast.ana.get(f"/api/groups/{cast.den}")["group"]["read_mark"] == 224


def check_older(page):
    """Scroll up to the very first message; at each arrival of older ones what is looked at stays where it is."""
    first = int(messages(page).first.get_attribute("data-number"))
    assert first > 51
    while first > 1:
        looked_at, before = page.evaluate(UP)
        page.wait_for_function("(first) => document.querySelector('[data-row=message]').dataset.number < first", arg=first)
        assert abs(place_of(page, looked_at) - before) <= 1
        first = int(messages(page).first.get_attribute("data-number"))
    expect(page.locator("[data-part=intro]")).to_be_visible()


def test_a_draft_stays_with_its_conversation_and_over_a_reload(site):
    cast = site.cast
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    field = ana.locator("[data-part=input]")
    field.fill("half a thought")
    link(ana, "Everyone").click()
    expect(heading(ana)).to_have_text("Everyone")
    expect(field).to_have_value("")
    field.fill("another one")
    link(ana, "den").click()
    expect(field).to_have_value("half a thought")
    ana.reload()
    expect(field).to_have_value("half a thought")
    say(ana, "a whole thought")
    expect(messages(ana)).to_have_count(1)
    ana.reload()
    expect(messages(ana)).to_have_count(1)
    expect(field).to_have_value("")
    link(ana, "Everyone").click()
    expect(field).to_have_value("another one")


def test_tabs_of_one_browser_share_what_comes_and_what_was_read(site):
    cast = site.cast
    first = site.open(cast.ana, f"/groups/{cast.hall}")
    second = site.open(cast.ana, f"/groups/{cast.hall}", page=site.page(first.context))
    polls = []
    second.on("request", lambda request: polls.append(request.url) if "/api/updates" in request.url else None)
    cast.ben.say("hello", group=cast.den)
    for page in (first, second):
        expect(link(page, "den").locator("[data-part=badge]")).to_have_text("1")
        expect(page).to_have_title(re.compile(r"^\(1\) Everyone"))
    link(second, "den").click()
    expect(messages(second)).to_contain_text("hello")
    for page in (first, second):
        expect(link(page, "den").locator("[data-part=badge]")).to_be_hidden()
    expect(first).to_have_title(re.compile("^Everyone"))
    assert polls == []
    first.close()
    cast.ben.say("after the first tab is gone", group=cast.den)
    expect(messages(second).last).to_contain_text("after the first tab is gone")
