"""When the line breaks, a proxy is in the way, or the session is over."""

import re

from databases import sqlite_only
from playwright.sync_api import expect
from visitors import PASSWORD, heading, messages, say, sign_in_by_form, texts

NOTE_FIRST_SIGHT = """
globalThis.atFirstSight = null
new MutationObserver(() => {
  const layout = document.querySelector("[data-part=layout]")
  if (atFirstSight === null && layout && !layout.hidden) atFirstSight = layout.querySelector("[data-part=input]").placeholder
}).observe(document, { subtree: true, attributes: true, childList: true })
"""
CUT_OFF = re.compile("ERR_|status of 50")


def until(page, check):
    """Wait until something that the page asked for has come."""
    for _ in range(500):
        if check():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never came")


def test_a_dead_server_is_said_and_what_was_written_meanwhile_arrives_once_and_in_order(site):
    cast = site.cast
    site.expected.append(CUT_OFF)
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    say(ana, "before")
    expect(messages(ana)).to_have_attribute("data-state", "sent")
    bar = ana.locator("[data-part=connection-bar]")
    expect(bar).to_be_hidden()

    site.server.kill()
    expect(bar).to_be_visible(timeout=6_000)
    expect(bar).to_have_text(re.compile(r"Trying to reconnect … messages you send are kept\. Last contact at \d+:\d\d"))
    for text in ("one", "two", "three"):
        say(ana, text)
    cast.ben.say("from elsewhere", group=cast.den)
    expect(ana.locator("[data-row=message]:not([data-state=sent])")).to_have_count(3)
    expect(ana.get_by_text("Waiting for the connection")).to_be_visible(timeout=15_000)
    assert texts(ana) == ["before", "one", "two", "three"]
    with ana.expect_request("**/api/updates*", timeout=400):
        bar.get_by_role("button", name="Try now").click()

    site.server.restart()
    expect(bar).to_be_hidden(timeout=15_000)
    expect(ana.locator("[data-row=message][data-state=sent]")).to_have_count(5, timeout=15_000)
    stored = [message["content"] for message in cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"]]
    assert stored == texts(ana) == ["before", "from elsewhere", "one", "two", "three"]
    cast.ben.say("after", group=cast.den)
    expect(messages(ana).last).to_contain_text("after")
    ana.reload()
    expect(messages(ana)).to_have_count(6)
    assert texts(ana) == [*stored, "after"]


@sqlite_only
def test_behind_a_proxy_that_buffers_the_page_asks_another_way_and_still_receives(site):
    cast = site.cast
    site.expected.append(CUT_OFF)
    held = []
    ana = site.page()
    ana.clock.install()
    ana.route("**/api/updates?*stream=1*", lambda route: held.append(route))
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    until(ana, lambda: len(held) == 1)
    with ana.expect_request(re.compile(r"wait=25&stream=0")):
        ana.clock.fast_forward(3_500)
    cast.ben.say("by a held poll", group=cast.den)
    expect(messages(ana)).to_contain_text("by a held poll")
    assert len(held) == 1

    cut = []
    ana.route("**/api/updates?*wait=25&stream=0*", lambda route: cut.append(route))
    cast.ben.say("one more", group=cast.den)
    expect(messages(ana)).to_have_count(2)
    for _ in range(2):
        until(ana, lambda: cut)
        ana.clock.fast_forward(4_000)
        cut.pop().abort()
        ana.wait_for_timeout(50)
        ana.clock.fast_forward(2_000)
    cast.ben.say("by a short poll", group=cast.den)
    expect(messages(ana).last).to_contain_text("by a short poll")
    assert not cut
    expect(ana.locator("[data-part=connection-bar]")).to_be_hidden()


@sqlite_only
def test_who_was_signed_out_elsewhere_signs_in_and_is_back_where_they_were(site):
    cast = site.cast
    site.set_password(cast.ana)
    cast.ben.say("stay here", group=cast.den)
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    cast.ana.delete("/api/session")
    expect(ana.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "next=" in ana.url
    sign_in_by_form(ana, "ana@example.org", "not this password")
    expect(ana.get_by_text("The name or the password is not right.")).to_be_visible()
    ana.get_by_label("Password", exact=True).fill(PASSWORD)
    ana.keyboard.press("Enter")
    expect(heading(ana)).to_have_text("den")
    expect(messages(ana)).to_have_count(1)
    assert texts(ana) == ["stay here"]
    assert ana.url == f"{site.url}/groups/{cast.den}"


@sqlite_only
def test_the_page_that_chose_a_new_password_goes_on_and_its_other_tab_too(site):
    cast = site.cast
    site.set_password(cast.ana)
    ana = site.page()
    ana.goto(f"{site.url}/sign-in?next=/groups/{cast.den}")
    sign_in_by_form(ana, "ana")
    expect(heading(ana)).to_have_text("den")
    tab = site.page(ana.context)
    tab.goto(f"{site.url}/groups/{cast.den}")
    expect(heading(tab)).to_have_text("den")

    ana.bring_to_front()
    ana.locator("[data-action=own-menu]").click()
    ana.get_by_role("menuitem", name="Profile and password").click()
    ana.get_by_label("Current password").fill(PASSWORD)
    ana.get_by_label("New password").fill("other plain words here")
    ana.keyboard.press("Enter")
    expect(ana.get_by_text("Password changed")).to_be_visible()
    ana.wait_for_timeout(2_500)  # time for a page that minds to leave
    cast.ben.say("still there?", group=cast.den)
    for page in (ana, tab):
        expect(messages(page)).to_contain_text("still there?")
        assert "/sign-in" not in page.url


@sqlite_only
def test_an_invite_made_while_the_list_of_them_is_on_its_way_stays_on_screen(site):
    cast = site.cast
    ana = site.open(cast.ana, f"/groups/{cast.den}", viewport={"width": 1440, "height": 900})
    late = []

    def hold(route):
        if route.request.method == "GET":
            late.append((route, route.fetch()))
        else:
            route.continue_()

    ana.route("**/api/groups/*/invites", hold)
    ana.get_by_role("tab", name="Invites").click()
    until(ana, lambda: late)
    ana.get_by_role("button", name="Create invite link").click()
    expect(ana.get_by_label("Invite link")).to_have_count(1)
    for route, answer in late:  # what was true before the link was made
        route.fulfill(response=answer)
    ana.wait_for_timeout(300)
    expect(ana.get_by_label("Invite link")).to_have_count(1)


@sqlite_only
def test_the_field_belongs_to_a_conversation_from_the_moment_at_which_it_is_seen(site):
    """Whoever wrote into it before lost what they wrote."""
    ana = site.page()
    ana.add_init_script(NOTE_FIRST_SIGHT)
    site.open(site.cast.ana, f"/groups/{site.cast.den}", page=ana)
    assert ana.evaluate("atFirstSight") == "Message den"
