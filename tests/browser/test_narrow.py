"""On a phone: two screens with a way back, nothing scrolls sideways, nothing is too small for a finger."""

import uuid

import pytest
from looks import layout_problems, small_targets
from playwright.sync_api import expect
from visitors import heading, link, messages, say

LONG_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
RIGHT_TO_LEFT = "مرحباً! هذا نص من اليمين إلى اليسار"
TEXTS = ("short", "x" * 400, "https://example.org/" + "very-long-path/" * 12, "word " * 200, "🎉", RIGHT_TO_LEFT)
DIALOGS = ("switcher", "directory", "new-group")
OWN_DIALOGS = ("Set a status", "Profile and password", "Who sees when you were here", "Your devices", "Keyboard shortcuts")

pytestmark = [pytest.mark.parametrize("database_url", ["sqlite"], indirect=True), pytest.mark.parametrize("width", [360, 320])]


@pytest.fixture
def phone(width):
    """Options of a page on a phone."""
    return {"viewport": {"width": width, "height": 640}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}


@pytest.fixture
def fits():
    """A function that looks at what is on screen now; all that it found is told together."""
    found = {}

    def look(page, state):
        page.wait_for_timeout(60)  # what slides in is there
        if problems := layout_problems(page) + small_targets(page):
            found[state] = problems

    yield look
    assert found == {}, found


def do(page, action):
    page.evaluate(f"[...document.querySelectorAll('[data-action={action}]')].find((one) => one.checkVisibility()).click()")


def test_every_screen_of_the_chat_fits(site, phone, fits):
    cast = site.cast
    crowd = cast.group(LONG_NAME, cast.ana, cast.ben, cast.cleo)
    cast.ben.put("/api/me/status", {"manual_status": "🎧 a status that is far too long for any line of any phone, and then some more of it"})
    for text in TEXTS:
        cast.ben.say(text, group=crowd)
    cast.ana.say("mine " * 30, group=crowd)
    cast.cleo.say("hello", to=cast.ana.id)
    cast.ana.post(f"/api/groups/{crowd}/invites", {"expires_in": 3600})
    cast.again(cast.ana)
    page = site.open(cast.ana, **phone)
    expect(link(page, LONG_NAME)).to_be_visible()
    expect(heading(page)).to_be_hidden()
    fits(page, "list")

    link(page, LONG_NAME).tap()
    expect(messages(page).last).to_be_visible()
    expect(page.locator("[data-part=sidebar]")).to_be_hidden()
    fits(page, "conversation")
    box = page.locator("[data-part=composer]").bounding_box()
    assert box["y"] + box["height"] <= 640
    check_details(page, fits)
    check_message(page, fits)

    page.get_by_role("link", name="Back to all conversations").tap()
    expect(link(page, LONG_NAME)).to_be_visible()
    expect(heading(page)).to_be_hidden()
    check_dialogs(page, fits)
    page.go_back()
    expect(messages(page).last).to_be_visible()
    page.goto(f"{site.url}/people/{cast.ben.id}")
    expect(heading(page)).to_have_text("Ben Okoro")
    fits(page, "direct")
    page.goto(f"{site.url}/groups/{cast.hall}")
    page.locator("[data-part=details-button]").tap()
    page.get_by_role("tab", name="Settings").tap()
    expect(page.get_by_role("switch")).to_be_visible()
    fits(page, "settings of the server")
    page.goto(f"{site.url}/groups/{uuid.uuid4()}")
    expect(page.get_by_text("Nothing here for you")).to_be_visible()
    fits(page, "gone")


def check_details(page, fits):
    page.locator("[data-part=details-button]").tap()
    for tab in ("Members", "Invites", "Settings"):
        page.get_by_role("tab", name=tab).tap()
        fits(page, tab)
    page.get_by_role("tab", name="Members").tap()
    page.get_by_role("button", name="What to do with Ben Okoro").tap()
    fits(page, "member menu")
    page.get_by_role("menuitem", name="Make owner").tap()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    fits(page, "toast")
    do(page, "add-people")
    fits(page, "add people")
    page.keyboard.press("Escape")
    page.locator("[data-part=member-list] [data-action=person]", has_text="Ben Okoro").tap()
    fits(page, "person card")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close details").tap()


def check_message(page, fits):
    last = messages(page).last
    last.evaluate("row => row.scrollIntoView()")
    point = last.bounding_box()
    touch = {"clientX": point["x"] + 80, "clientY": point["y"] + 20, "pointerType": "touch", "bubbles": True}
    last.dispatch_event("pointerdown", touch)
    expect(page.get_by_role("menuitem", name="Copy text")).to_be_visible()
    last.dispatch_event("pointerup", touch)
    fits(page, "message menu")
    page.get_by_role("menuitem", name="Edit").tap()
    fits(page, "editor")
    page.get_by_role("button", name="Cancel", exact=True).locator("visible=true").tap()
    page.locator("[data-part=scroller]").evaluate("element => { element.scrollTop = 0 }")
    fits(page, "pill")
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("[data-part=connection-bar]")).to_be_visible()
    fits(page, "trouble")
    say(page, "sent\n" * 30)
    fits(page, "sent")


def check_dialogs(page, fits):
    for name in DIALOGS:
        do(page, name)
        expect(page.locator(f"[data-dialog={name}]")).to_be_visible()
        fits(page, name)
        page.keyboard.press("Escape")
    for item in OWN_DIALOGS:
        do(page, "own-menu")
        fits(page, "own menu")
        page.get_by_role("menuitem", name=item).tap()
        expect(page.locator("dialog[open]")).to_be_visible()
        fits(page, item)
        check_closer(page, fits, item)
        page.keyboard.press("Escape")
    do(page, "own-menu")
    page.locator("[data-part=quiet-choice]").select_option("at")
    fits(page, "do not disturb")
    page.keyboard.press("Escape")


def check_closer(page, fits, item):
    if item == "Set a status":
        page.get_by_label("Clear it").select_option("at")
        fits(page, "status with an end")
    if item == "Your devices":
        expect(page.locator(".device")).to_have_count(2)
        page.locator("[data-action=rename-device]").last.tap()
        fits(page, "renaming")
        page.keyboard.press("Escape")
        page.locator("[data-action=end-others]").tap()
        fits(page, "asking for the password")
        page.keyboard.press("Escape")


def test_every_page_of_the_signed_out_fits(site, phone, fits):
    cast = site.cast
    invite = cast.ana.post(f"/api/groups/{cast.group(LONG_NAME, cast.ana)}/invites", {"expires_in": 3600})["invite"]["id"]
    page = site.page(**phone)
    for path in ("/sign-in", f"/join/{invite}", f"/join/{uuid.uuid4()}", "/reset/some-token", "/nothing/here"):
        page.goto(site.url + path)
        fits(page, path)
        if page.locator("form").count():
            page.locator("form [type=submit]").tap()
            expect(page.locator(".field__error").first).to_be_visible()
            fits(page, f"{path} refused")
