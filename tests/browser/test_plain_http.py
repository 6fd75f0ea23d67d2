"""On plain http under a name of the local network browsers take several tools away; nothing breaks without them."""

import os
import re

import pytest
from find_browser import find_browser
from playwright.sync_api import expect
from visitors import Site, heading, messages, say, sign_in_by_form, texts

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ABSENT = "[crypto.randomUUID, crypto.subtle, navigator.locks, navigator.clipboard, navigator.serviceWorker].map((one) => typeof one)"


@pytest.fixture
def lan(site, browser):
    """The same site under a name that is not localhost, in a browser that finds it."""
    arguments = ["--host-resolver-rules=MAP chat.test 127.0.0.1", "--disable-gpu", "--no-first-run"]
    found = browser.browser_type.launch(executable_path=find_browser(), args=arguments + ["--no-sandbox"] * (os.geteuid() == 0))
    lan = Site(site.server, site.cast, lambda **options: found.new_context(**options).new_page())
    lan.expected.append(re.compile("Cross-Origin-Opener-Policy header has been ignored"))  # browsers want https for it
    lan.url = f"http://chat.test:{site.server.port}"
    yield lan
    found.close()
    assert lan.complaints == []


def test_the_chat_works_on_plain_http(lan):
    cast = lan.cast
    lan.set_password(cast.ana)
    first = lan.page()
    first.goto(f"{lan.url}/groups/{cast.den}")
    sign_in_by_form(first, "ana")
    expect(heading(first)).to_have_text("den")
    assert first.evaluate("isSecureContext") is False
    assert first.evaluate(ABSENT) == ["undefined"] * 5

    second = lan.page(first.context)
    second.goto(f"{lan.url}/groups/{cast.den}")
    expect(heading(second)).to_have_text("den")
    say(first, "from the first tab")
    expect(messages(second)).to_contain_text("from the first tab")
    say(second, "from the second")
    expect(first.locator("[data-number='2']")).to_contain_text("from the second")  # stored, not only on its way
    cast.ben.say("from Ben", group=cast.den)
    for page in (first, second):
        expect(messages(page)).to_have_count(3)
        assert texts(page) == ["from the first tab", "from the second", "from Ben"]

    first.locator("[data-action=own-menu]").click()
    expect(first.locator("[data-part=notify-item]")).to_be_hidden()
    first.keyboard.press("Escape")
    first.get_by_role("tab", name="Invites").click()
    first.get_by_role("button", name="Create invite link").click()
    first.locator("[data-action=copy-invite]").click()
    expect(first.locator("[data-action=copy-invite]")).to_have_text("Copied")
    first.locator("[data-part=input]").focus()
    first.keyboard.press("Control+v")
    invite = cast.ana.get(f"/api/groups/{cast.den}/invites")["invites"][0]["id"]
    expect(first.locator("[data-part=input]")).to_have_value(f"{lan.url}/join/{invite}")
