"""The database is restored under an open page."""

import re

from databases import sqlite_only
from playwright.sync_api import expect
from visitors import heading, link, messages, say, texts


def run(app, *words):
    ended = app.test_cli_runner().invoke(args=[str(word) for word in words])
    assert ended.exit_code == 0, ended.output


@sqlite_only
def test_a_page_shows_what_was_restored_and_nothing_else_and_sends_what_was_still_waiting(site, instance):
    cast = site.cast
    site.expected.append(re.compile("ERR_"))
    cast.ben.say("kept", group=cast.den)
    edited = cast.ben.say("as it was", group=cast.den)
    run(cast.app, "backup", instance / "older")

    cast.ben.patch(f"/api/messages/{edited['id']}", {"content": "as it never was"})
    cast.ben.say("lost", group=cast.den)
    lost = cast.group("lost group", cast.ben, cast.ana)
    cast.ben.say("in the lost group", group=lost)
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    say(ana, "sent and lost")
    expect(messages(ana).last).to_have_attribute("data-state", "sent")
    expect(link(ana, "lost group")).to_have_count(1)
    assert texts(ana) == ["kept", "as it never was (edited)", "lost", "sent and lost"]
    ana.evaluate("window.still = true")

    ana.route("**/api/groups/*/messages", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    say(ana, "waiting")
    expect(messages(ana)).to_have_count(5)
    run(cast.app, "restore", instance / "older")
    expect(link(ana, "lost group")).to_have_count(0, timeout=5_000)
    expect(messages(ana)).to_have_count(3)
    assert texts(ana) == ["kept", "as it was", "waiting"]

    ana.unroute_all(behavior="wait")
    expect(messages(ana).last).to_have_attribute("data-state", "sent", timeout=20_000)
    cast.ben.say("new", group=cast.den)
    expect(messages(ana)).to_have_count(4)
    assert texts(ana) == ["kept", "as it was", "waiting", "new"]
    stored = [one["content"] for one in cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"]]
    assert stored == texts(ana)
    assert ana.evaluate("window.still"), "the page was loaded anew"


@sqlite_only
def test_a_page_in_a_conversation_that_is_gone_goes_elsewhere(site, instance):
    cast = site.cast
    run(cast.app, "backup", instance / "older")
    lost = cast.group("lost group", cast.ben, cast.ana)
    cast.ben.say("in the lost group", group=lost)
    ana = site.open(cast.ana, f"/groups/{lost}")
    expect(messages(ana)).to_have_count(1)
    run(cast.app, "restore", instance / "older")
    expect(link(ana, "lost group")).to_have_count(0, timeout=5_000)
    expect(ana.get_by_text("in the lost group")).to_have_count(0)
    link(ana, "den").click()
    expect(heading(ana)).to_have_text("den")
    say(ana, "goes on")
    expect(messages(ana).last).to_have_attribute("data-state", "sent")
