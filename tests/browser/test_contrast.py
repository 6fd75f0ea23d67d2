"""Every text can be read and every sign be seen, in both themes: 4.5 : 1 for texts, 3 : 1 for icons and presence."""

import re

import pytest
from contrast import weak_contrasts
from playwright.sync_api import expect
from visitors import link, messages, say

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def readable():
    """A function that looks at a state of a page in both themes; all that is too faint is told together."""
    faint = []

    def look(page, state):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            faint.extend(f"{theme}, {state}: {what}" for what in weak_contrasts(page))

    yield look
    assert not faint, "\n".join(faint)


def test_the_chat_can_be_read(site, readable):
    cast = site.cast
    site.expected.append(re.compile("ERR_FAILED"))  # what the test cuts off by itself
    cast.ben.post("/api/heartbeat", {"device": "desk", "active": True, "visible": True, "next": 60}, status=200)
    cast.ben.put("/api/me/status", {"manual_status": "🎧 Focusing"})
    edited = cast.ben.say("see https://example.org", group=cast.den)
    cast.ben.patch(f"/api/messages/{edited['id']}", {"content": "see https://example.org now"})
    cast.ana.delete(f"/api/messages/{cast.ana.say('gone', group=cast.den)['id']}", status=200)
    cast.ben.say("line\n" * 60, group=cast.den)
    cast.cleo.say("new for Ana", group=cast.den)
    cast.cleo.say("and here", to=cast.ana.id)
    cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})
    cast.cleo.put("/api/me/status", {"manual_status": "🏠 " + "at home " * 8})
    cast.again(cast.ana)
    page = site.open(cast.ana, f"/groups/{cast.den}", viewport={"width": 1440, "height": 900})
    expect(page.locator("[data-row=new]")).to_be_attached()
    expect(link(page, "Cleo Marsh").locator("[data-part=badge]")).to_have_text("1")
    messages(page).last.hover()
    for tab in ("Invites", "Settings", "Members"):
        page.get_by_role("tab", name=tab).click()
        readable(page, tab)
    messages(page).first.hover()
    readable(page, "tools")
    look_at_dialogs(page, readable)
    look_at_trouble(page, readable)
    cast.ana.patch("/api/server", {"invisible_allowed": False})
    page.goto(f"{site.url}/groups/{cast.hall}")
    page.get_by_role("tab", name="Settings").click()
    expect(page.get_by_role("switch")).to_be_visible()
    readable(page, "settings of the server")
    page.locator("[data-action=own-menu]").click()
    readable(page, "own menu where nobody may be invisible")
    page.keyboard.press("Escape")
    link(page, "Cleo Marsh").focus()
    expect(page.locator("[data-part=tip]")).to_be_visible()
    readable(page, "tip")
    page.goto(f"{site.url}/people/{cast.ben.id}")
    expect(page.locator("[data-part=intro]")).to_be_visible()
    readable(page, "person")


def look_at_dialogs(page, readable):
    for action in ("switcher", "directory", "new-group", "add-people"):
        page.evaluate(f"document.querySelector('[data-action={action}]').click()")
        expect(page.locator("dialog[open] [role=option]").first).to_be_visible()
        readable(page, action)
        page.keyboard.press("Escape")
    for item in ("Set a status", "Profile and password", "Who sees when you were here", "Your devices", "Keyboard shortcuts"):
        page.locator("[data-action=own-menu]").click()
        readable(page, "own menu")
        page.get_by_role("menuitem", name=item).click()
        look_closer(page, readable, item)
        readable(page, item)
        page.keyboard.press("Escape")
    page.locator("[data-action=own-menu]").click()
    page.locator("[data-part=quiet-choice]").select_option("at")
    page.locator("[name=do_not_disturb_until]").fill("2024-02-29T10:00")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error=do_not_disturb_until]")).to_be_visible()
    readable(page, "do not disturb")
    page.keyboard.press("Escape")
    messages(page).locator("[data-action=person]:visible").last.click()
    readable(page, "person card")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="What to do with Ben Okoro").click()
    readable(page, "member menu")
    page.keyboard.press("Escape")
    page.locator("[data-part=input]").focus()
    say(page, "to be edited")
    expect(messages(page).last).to_have_attribute("data-state", "sent")
    page.keyboard.press("ArrowUp")
    readable(page, "editor")
    page.keyboard.press("Escape")
    messages(page).last.focus()
    page.keyboard.press("Delete")
    readable(page, "confirm")
    page.keyboard.press("Escape")


def look_closer(page, readable, item):
    """Look at what is shown in a dialog only after something was done in it."""
    if item == "Set a status":
        page.locator("[name=manual_status]").fill("x" * 101)
        page.get_by_label("Clear it").select_option("at")
        page.locator("[name=manual_status]").press("Enter")
    if item == "Your devices":
        expect(page.locator(".device")).to_have_count(2)
        page.locator("[data-action=rename-device]").last.click()
        readable(page, "renaming")
        page.keyboard.press("Escape")
        page.locator("[data-action=end-others]").click()
        readable(page, "asking for the password")
        page.keyboard.press("Escape")


def look_at_trouble(page, readable):
    refusal = {"status": 422, "content_type": "application/problem+json", "body": '{"code": "invalid", "detail": "The server refused it."}'}
    page.route("**/messages", lambda route: route.fulfill(**refusal) if route.request.method == "POST" else route.continue_())
    say(page, "refused")
    expect(page.get_by_text("Not sent.")).to_be_visible()
    page.unroute("**/messages")
    page.route("**/api/**", lambda route: route.abort())
    say(page, "kept")
    expect(page.get_by_text("Waiting for the connection")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("[data-part=connection-bar]")).to_be_visible()
    page.locator("[data-part=scroller]").evaluate("element => { element.scrollTop = 0 }")
    expect(page.locator("[data-part=pill]")).to_be_visible()
    readable(page, "trouble")
    page.unroute("**/api/**")


def test_the_pages_of_the_signed_out_can_be_read(site, readable):
    invite = site.cast.ana.post(f"/api/groups/{site.cast.den}/invites", {"expires_in": 3600})["invite"]["id"]
    page = site.page()
    for path in ("/sign-in", f"/join/{invite}", "/join/nothing", "/reset/some-token", "/nothing/here"):
        page.goto(site.url + path)
        readable(page, path)
        if page.locator("form").count():
            page.locator("form [type=submit]").click()
            expect(page.locator(".field__error").first).to_be_visible()
            readable(page, f"{path} refused")
