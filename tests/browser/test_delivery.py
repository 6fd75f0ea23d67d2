"""What one writes arrives once, in order, whatever happens to the line, the page, the tabs or the server."""

import re

import pytest
from databases import sqlite_only
from playwright.sync_api import Error, expect
from visitors import heading, link, messages, say, texts

CUT_OFF = re.compile("ERR_|status of 50")
POLLS = "**/api/updates*"
SENDS = "**/groups/*/messages"
DAY = 24 * 3600
PUT = """(item) => new Promise((done) => {
  indexedDB.open("chatapp", 1).onsuccess = ({ target }) => {
    const transaction = target.result.transaction("outbox", "readwrite")
    transaction.objectStore("outbox").put(item)
    transaction.oncomplete = done
  }
})"""


@pytest.fixture(autouse=True)
def cut_offs_are_expected(site):
    site.expected.append(CUT_OFF)


def stored(cast):
    """Return what the den's messages say, by a fresh look."""
    return [message["content"] for message in cast.ana.get(f"/api/groups/{cast.den}/messages?limit=100")["messages"]]


def answers(context):
    """Return a list that fills with the status of every answer to a send of this browser."""
    found = []
    context.on("response", lambda reply: found.append(reply.status) if reply.request.method == "POST" and reply.url.endswith("/messages") else None)
    return found


def sends(page):
    """Return a list that fills with the body of every send of this page, answered or not."""
    found = []
    page.on("request", lambda one: found.append(one.post_data_json) if one.method == "POST" and one.url.endswith("/messages") else None)
    return found


def deaf(site, person):
    """Return a page that shows somebody the den, and hears no news."""
    page = site.page()
    page.route(POLLS, lambda route: route.abort())
    return site.open(person, f"/groups/{site.cast.den}", page=page)


def show_as_sent(page, expected):
    """Wait until a page shows exactly these messages, all of them sent."""
    expect(page.locator("[data-row=message][data-state=sent]")).to_have_count(len(expected), timeout=20_000)
    expect(messages(page)).to_have_count(len(expected))
    assert texts(page) == expected


@sqlite_only
def test_three_messages_written_without_a_line_survive_a_reload_and_arrive_once_and_in_order(site):
    cast, three = site.cast, ["one", "two", "three"]
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    replies = answers(ana.context)
    site.server.kill()  # a browser that is only told to be offline forgets it for a moment at a reload
    for text in three:
        say(ana, text)
    expect(ana.locator("[data-row=message]:not([data-state=sent])")).to_have_count(3)
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        ana.reload()
    back = site.page(ana.context)
    ana.close()  # the browser's own page for this loads again by itself, whenever it likes
    assert stored(cast) == []
    site.server.restart()
    back.goto(f"{site.url}/groups/{cast.den}")
    show_as_sent(back, three)
    assert stored(cast) == three
    assert replies == [201, 201, 201]
    back.reload()
    show_as_sent(back, three)


@sqlite_only
def test_a_clock_that_was_set_back_over_a_reload_does_not_change_the_order(site):
    cast, three = site.cast, ["one", "two", "three"]
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    ana.route(SENDS, lambda route: route.abort())
    for text in three[:2]:
        say(ana, text)
    expect(messages(ana)).to_have_count(2)
    ana.clock.install(time=ana.evaluate("Date.now()") / 1000 - DAY)
    ana.reload()
    expect(messages(ana)).to_have_count(2)
    say(ana, three[2])
    expect(messages(ana)).to_have_count(3)
    ana.reload()
    expect(messages(ana)).to_have_count(3)
    assert texts(ana) == three
    ana.unroute(SENDS)
    show_as_sent(ana, three)
    assert stored(cast) == three


@sqlite_only
def test_an_answer_lost_after_the_commit_neither_loses_nor_doubles_the_message(site):
    cast = site.cast
    ana = deaf(site, cast.ana)
    bodies, replies = sends(ana), []

    def cut(route):
        replies.append(route.fetch().status)
        route.abort()

    ana.route(SENDS, cut, times=1)
    say(ana, "said once")
    show_as_sent(ana, ["said once"])
    assert replies == [201]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    ana.unroute(POLLS)
    say(ana, "and on")
    show_as_sent(ana, ["said once", "and on"])
    assert stored(cast) == ["said once", "and on"]


@sqlite_only
def test_a_refused_message_says_why_and_can_be_deleted_or_tried_again_with_its_own_id(site):
    cast = site.cast
    ben = deaf(site, cast.ben)
    bodies = sends(ben)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    say(ben, "too late")
    row = messages(ben)
    expect(row).to_have_attribute("data-state", "failed")
    expect(row).to_contain_text("Not sent. This group was deleted, or you are no longer in it.")
    cast.ana.post(f"/api/groups/{cast.den}/members", {"user_id": cast.ben.id})
    row.get_by_role("button", name="Retry").click()
    show_as_sent(ben, ["too late"])
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]

    item = {"client_id": bodies[0]["client_id"][:-4] + "0000", "key": f"groups/{cast.den}", "content": "x" * 10_001, "user_id": cast.ben.id}
    ben.evaluate(PUT, {**item, "created_at": "2026-01-01T00:00:00Z", "order": 1, "state": "sending", "detail": ""})
    ben.reload()
    expect(messages(ben).last).to_have_attribute("data-state", "failed")
    expect(messages(ben).last).to_contain_text(re.compile(r"Not sent\. .*10,?000"))
    messages(ben).last.get_by_role("button", name="Delete").click()
    show_as_sent(ben, ["too late"])
    ben.reload()
    show_as_sent(ben, ["too late"])
    assert stored(cast) == ["too late"]


@sqlite_only
def test_what_was_written_to_a_group_that_is_gone_is_not_swallowed(site):
    cast = site.cast
    ben = site.open(cast.ben, f"/groups/{cast.den}")
    ben.context.set_offline(True)
    say(ben, "are you there?")
    expect(messages(ben)).to_have_count(1)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    ben.context.set_offline(False)
    expect(heading(ben)).to_have_text("Everyone", timeout=15_000)
    expect(ben.get_by_text("You are no longer in den")).to_be_visible()
    toast = ben.locator(".toast", has_text="Your message to den was not sent")
    toast.get_by_role("button", name="Copy text").click()
    expect(ben.get_by_text("Text copied")).to_be_visible()
    assert stored(cast) == []


@sqlite_only
def test_what_is_written_where_nothing_could_be_loaded_is_shown_all_the_same(site):
    cast = site.cast
    cast.ben.say("welcome", group=cast.hall)
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    ana.context.set_offline(True)
    link(ana, "Everyone").click()
    expect(ana.locator("[data-part=trouble]")).to_be_visible()
    say(ana, "hello all")
    expect(messages(ana)).to_contain_text("hello all")
    ana.context.set_offline(False)
    show_as_sent(ana, ["welcome", "hello all"])


@sqlite_only
def test_tabs_share_one_outbox_and_a_closed_tab_leaves_its_messages_to_the_other(site):
    cast, three = site.cast, ["one", "two", "three"]
    first = site.open(cast.ana, f"/groups/{cast.den}")
    second = site.open(cast.ana, f"/groups/{cast.den}", page=site.page(first.context))
    replies = answers(first.context)
    first.context.set_offline(True)
    for page, text in ((first, "one"), (first, "two"), (second, "three")):
        say(page, text)
        for either in (first, second):
            expect(messages(either).last).to_contain_text(text)
    assert texts(first) == texts(second) == three
    first.close()
    second.context.set_offline(False)
    show_as_sent(second, three)
    assert stored(cast) == three
    assert replies == [201, 201, 201]


@sqlite_only
@pytest.mark.parametrize("locks", [True, False], ids=["with locks", "without locks"])
def test_tabs_that_wake_at_once_send_each_message_once_and_in_order(site, locks):
    cast, five = site.cast, [f"message {n}" for n in range(5)]
    first = site.page()
    if not locks:
        first.context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })")
    site.open(cast.ana, f"/groups/{cast.den}", page=first)
    second = site.open(cast.ana, f"/groups/{cast.den}", page=site.page(first.context))
    assert second.evaluate("typeof navigator.locks") == ("object" if locks else "undefined")
    replies = answers(first.context)
    first.context.set_offline(True)
    for text in five:
        say(first, text)
    expect(messages(second)).to_have_count(5)
    first.context.set_offline(False)
    for page in (first, second):
        show_as_sent(page, five)
    assert stored(cast) == five
    assert replies.count(201) == 5
    assert not locks or len(replies) == 5


@sqlite_only
def test_a_server_killed_in_mid_conversation_loses_and_doubles_nothing_for_either_side(site):
    cast = site.cast
    ana, ben = site.open(cast.ana, f"/groups/{cast.den}"), site.open(cast.ben, f"/groups/{cast.den}")

    def talk(rounds):
        for number in rounds:
            say(ana, f"ana {number}")
            say(ben, f"ben {number}")

    talk(range(3))
    site.server.kill()  # some are stored and some are not, some answers are on their way
    talk(range(3, 5))
    site.server.restart()
    talk(range(5, 6))
    for page in (ana, ben):
        expect(page.locator("[data-row=message][data-state=sent]")).to_have_count(12, timeout=20_000)
        expect(messages(page)).to_have_count(12)
    assert texts(ana) == texts(ben) == stored(cast)
    for name in ("ana", "ben"):
        assert [text for text in stored(cast) if text.startswith(name)] == [f"{name} {number}" for number in range(6)]
