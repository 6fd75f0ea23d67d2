"""The first minutes of a new server, in real browsers: nothing is prepared but an empty database."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from databases import sqlite_only
from playwright.sync_api import expect
from visitors import say

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "four plain words here"
EXPECTED = re.compile(r"status of 4|ERR_FAILED")  # refusals, and what a test cut off by itself


@pytest.fixture
def link(serve, database_url, instance):
    """A running server's set-up link, as the console prints it."""
    server = serve()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "INSTANCE": str(instance),
        "SECRET_KEY": "only-for-tests-" * 3,
        "PORT": str(server.port),
    }
    said = subprocess.run([sys.executable, "-m", "flask", "prepare"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return re.search(r"http://\S+/setup#token=\w+", said).group()


@pytest.fixture
def open_page(new_page):
    """A function that opens a page which must never complain in its console."""
    complaints = []

    def start(**options):
        page = new_page(**options)
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" and not EXPECTED.search(said.text) else None)
        return page

    yield start
    assert complaints == []


def fill(page, name, address):
    """Fill the form that makes an account, by keyboard alone: the name has the focus."""
    expect(page.get_by_label("Your name")).to_be_focused()  # by itself, when the browser has drawn the page: no person types sooner
    page.keyboard.type(name)
    page.get_by_label("Email address").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")


def messages(page):
    return page.locator("[data-row=message]")


def presence_of(page, name):
    return page.locator("[data-part=member-list] li", has_text=name).locator("[data-part=presence]")


def test_two_people_meet_on_a_new_server(link, open_page):
    ana, ben = open_page(), open_page()

    ana.goto(link)
    fill(ana, "Ana Sousa", "ana@example.org")
    expect(ana.get_by_role("heading", name="Welcome to Everyone")).to_be_visible()
    assert "token" not in ana.url
    say(ana, "Is anybody there?")
    ana.get_by_role("button", name="Copy an invite link").click()
    invite = ana.get_by_label("Invite link").input_value()

    ben.goto(invite)
    expect(ben.get_by_text("Ana Sousa invites you.")).to_be_visible()
    expect(ben.get_by_text("1 person is in it.")).to_be_visible()
    fill(ben, "Ben Okoro", "ben@example.org")
    expect(messages(ben)).to_have_count(1)
    expect(messages(ben)).to_contain_text("Is anybody there?")

    ana.get_by_role("tab", name="Members").click()
    expect(presence_of(ana, "Ben Okoro")).to_have_attribute("data-status", "online")
    say(ben, "I am. https://example.org works too")
    expect(messages(ana).last).to_contain_text("I am.")
    expect(messages(ana).last.get_by_role("link", name="https://example.org")).to_have_attribute("rel", re.compile("noopener"))

    talk_in_a_new_group(ana, ben)
    talk_directly(ana, ben)

    ben.locator("[data-action=own-menu]").click()
    ben.get_by_role("menuitem", name="Sign out").click()
    expect(ben.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(ana.locator("[data-part=line]").first).to_contain_text("Last seen just now")


def talk_in_a_new_group(ana, ben):
    ana.get_by_role("button", name="New group").click()
    ana.keyboard.type("Harbour")
    ana.get_by_placeholder("Name or username").first.fill("ben")
    ana.get_by_role("option", name="Ben Okoro").click()
    ana.get_by_role("button", name="Create group").click()
    expect(ana.get_by_role("heading", name="Harbour").first).to_be_visible()
    say(ana, "Only for us two")
    link = ben.get_by_role("link", name="Harbour")
    expect(link.locator("[data-part=badge]")).to_have_text("1")
    assert ben.title().startswith("(1)")
    link.click()
    expect(messages(ben)).to_have_count(1)
    expect(link.locator("[data-part=badge]")).to_be_hidden()
    say(ben, "Here I am")
    expect(messages(ana).last).to_contain_text("Here I am")


def talk_directly(ana, ben):
    ana.keyboard.press("Control+k")
    ana.keyboard.type("ben")
    ana.keyboard.press("Enter")
    expect(ana.get_by_role("heading", name="Ben Okoro").first).to_be_visible()
    say(ana, "Just you")
    ben.get_by_role("link", name="Ana Sousa").click()
    expect(messages(ben)).to_contain_text("Just you")
    say(ben, "Just me")
    expect(messages(ana)).to_have_count(2)
    expect(messages(ana).last).to_contain_text("Just me")


@sqlite_only
def test_messages_written_without_a_line_survive_a_reload_and_arrive_once_in_order(link, open_page):
    ana = open_page()
    ana.goto(link)
    fill(ana, "Ana Sousa", "ana@example.org")
    say(ana, "zero")
    expect(messages(ana)).to_have_attribute("data-state", "sent")
    ana.route("**/api/groups/*/messages", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    for text in ("one", "two", "three"):
        say(ana, text)
    expect(ana.locator("[data-row=message]:not([data-state=sent])")).to_have_count(3)
    ana.reload()
    expect(messages(ana)).to_have_count(4)
    ana.unroute("**/api/groups/*/messages")
    expect(ana.locator("[data-row=message][data-state=sent]")).to_have_count(4)
    ana.reload()
    expect(messages(ana)).to_have_count(4)
    assert messages(ana).locator("[data-part=content]").all_inner_texts() == ["zero", "one", "two", "three"]


def test_a_reload_in_mid_send_neither_loses_nor_doubles_the_message(link, open_page):
    """The answer to a send is lost: the message is stored already when the page is loaded anew and sends it again."""
    ana = open_page()
    ana.goto(link)
    fill(ana, "Ana Sousa", "ana@example.org")
    expect(ana.get_by_role("heading", name="Welcome to Everyone")).to_be_visible()
    ana.route("**/api/updates*", lambda route: route.abort())
    stored = []

    def swallow(route):
        stored.append(route.fetch().status)
        route.abort()

    ana.route("**/api/groups/*/messages", lambda route: swallow(route) if route.request.method == "POST" else route.continue_())
    say(ana, "exactly once")
    ana.wait_for_timeout(500)
    ana.unroute_all(behavior="ignoreErrors")
    ana.reload()
    expect(ana.locator("[data-row=message][data-state=sent]")).to_have_count(1)
    ana.wait_for_timeout(1_500)
    expect(messages(ana)).to_have_count(1)
    assert stored[0] == 201


@sqlite_only
def test_a_message_survives_a_reload_even_before_the_browser_has_stored_it(link, open_page):
    """IndexedDB takes its time: here it never finishes before the page is gone."""
    ana = open_page()
    ana.goto(link)
    fill(ana, "Ana Sousa", "ana@example.org")
    expect(ana.get_by_role("heading", name="Welcome to Everyone")).to_be_visible()
    ana.evaluate("IDBDatabase.prototype.transaction = () => ({ objectStore: () => ({ put: () => ({}) }) }); fetch = () => new Promise(() => {}); 0")
    ana.locator("[data-part=input]").fill("not lost")
    ana.evaluate("document.querySelector('[data-part=composer]').requestSubmit(); location.reload()")
    expect(ana.locator("[data-row=message][data-state=sent]")).to_have_count(1)
    expect(messages(ana)).to_contain_text("not lost")
