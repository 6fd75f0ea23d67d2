"""The chat by keyboard alone. Nothing here moves a pointer; every stop of Tab must show that it has the focus."""

import re

import pytest
from looks import focused, tab_to
from playwright.sync_api import expect
from visitors import PASSWORD, heading, link, messages, texts

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def compose(page, then):
    """Begin to write through an input method, press Enter as it would be heard, then take what it offers."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13})
    page.wait_for_function("document.activeElement.value.endsWith('に')")
    devtools.send("Input.insertText", {"text": then})


def composer(page):
    return page.locator("[data-part=input]")


def own(page, name):
    return page.locator(f"[data-action={name}]:visible").first


def test_signing_in_and_going_from_conversation_to_conversation(site):
    cast = site.cast
    site.set_password(cast.ana)
    attic = cast.group("Attic", cast.ana, cast.ben)
    for words, place in (("up here", {"group": attic}), ("just you", {"to": cast.ana.id})):
        cast.ben.say(words, **place)
    page = site.page()
    page.goto(site.url)
    expect(page.get_by_label("Username or email address")).to_be_focused()  # by itself, with the first picture that is drawn
    page.keyboard.type("ana")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(heading(page)).to_have_text("Everyone")
    expect(composer(page)).to_be_focused()

    walks = [
        ("Alt+ArrowDown", "Attic"),
        ("Alt+ArrowDown", "den"),
        ("Alt+ArrowUp", "Attic"),
        ("Alt+ArrowUp", "Everyone"),
        ("Alt+ArrowUp", "Ben Okoro"),
    ]
    for keys, name in walks:
        press(page, keys)
        expect(heading(page)).to_have_text(name)
        expect(composer(page)).to_be_focused()
    for words, place in (("more up here", {"group": attic}), ("and more", {"group": cast.hall})):
        cast.ben.say(words, **place)
    expect(page).to_have_title(re.compile(r"^\(2\) "))
    for keys, name in [("Alt+Shift+ArrowUp", "Attic"), ("Alt+Shift+ArrowUp", "Everyone")]:
        press(page, keys)
        expect(heading(page)).to_have_text(name)
    expect(page).to_have_title(re.compile("^Everyone"))
    press(page, "Alt+Shift+ArrowDown")
    expect(heading(page)).to_have_text("Everyone")

    press(page, "Control+k")
    page.keyboard.type("cleo")
    press(page, "Enter")
    expect(heading(page)).to_have_text("Cleo Marsh")
    expect(composer(page)).to_be_focused()
    tab_to(page, own(page, "switcher"), "Shift+Tab")
    press(page, "/")
    expect(page.locator("[data-dialog=switcher] [data-part=search]")).to_be_focused()
    assert focused(page)["shows"]
    page.keyboard.type("e")
    press(page, "Escape")
    expect(own(page, "switcher")).to_be_focused()
    press(page, "Control+k", "ArrowDown", "Enter")
    expect(heading(page)).to_have_text("Attic")


def test_writing_editing_and_taking_back(site):
    cast = site.cast
    page = site.open(cast.ana, f"/groups/{cast.den}")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("hello")
    expect(composer(page)).to_have_value("hello")
    press(page, "Shift+Enter")
    page.keyboard.type("there")
    press(page, "Enter")
    expect(messages(page)).to_have_text([re.compile("hello\nthere")])
    expect(composer(page)).to_have_value("")

    compose(page, "日本")
    expect(messages(page)).to_have_count(1)
    expect(composer(page)).to_have_value("日本")
    press(page, "Enter")
    expect(messages(page)).to_have_count(2)
    assert texts(page)[1] == "日本"
    expect(messages(page).nth(1)).to_have_attribute("data-state", "sent")

    editor = page.locator("[data-part=edit-input]")
    press(page, "ArrowUp")
    expect(editor).to_be_focused()
    assert focused(page)["shows"]
    page.keyboard.type(" not this")
    press(page, "Escape")
    expect(editor).to_have_count(0)
    expect(composer(page)).to_be_focused()
    assert texts(page)[1] == "日本"
    press(page, "ArrowUp")
    page.keyboard.type(" again")
    compose(page, "!")
    expect(editor).to_be_focused()
    press(page, "Shift+Enter")
    page.keyboard.type("yes")
    press(page, "Enter")
    expect(editor).to_have_count(0)
    expect(messages(page).nth(1).locator("[data-part=content]")).to_have_text("日本 again!\nyes (edited)", use_inner_text=True)
    assert cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"][1]["content"] == "日本 again!\nyes"


def test_walking_through_messages_and_acting_on_one(site):
    cast = site.cast
    for words in ("one", "two"):
        cast.ben.say(words, group=cast.den)
    cast.ana.say("mine", group=cast.den)
    page = site.open(cast.ana, f"/groups/{cast.den}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    last, middle = messages(page).nth(2), messages(page).nth(1)
    tab_to(page, last, "Shift+Tab")
    press(page, "ArrowUp")
    expect(middle).to_be_focused()
    assert focused(page)["shows"]
    press(page, "e", "Delete")
    expect(page.locator("[data-part=edit-input], dialog[open]")).to_have_count(0)
    press(page, "c")
    expect(page.get_by_text("Text copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "two"
    press(page, "?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    press(page, "Escape")
    expect(middle).to_be_focused()

    press(page, "ArrowDown")
    expect(last).to_be_focused()
    press(page, "e")
    page.keyboard.type("!")
    press(page, "Enter")
    expect(last).to_contain_text("mine! (edited)")
    tab_to(page, last, "Shift+Tab")
    press(page, "Delete")
    expect(page.get_by_role("button", name="Delete message")).to_be_focused()
    press(page, "Escape")
    expect(last).to_be_focused()
    tab_to(page, last.get_by_role("button", name="Delete"))
    press(page, "Enter", "Enter")
    expect(last).to_contain_text("This message was deleted.")
    press(page, "ArrowDown")
    expect(composer(page)).to_be_focused()


def test_menus_and_dialogs_are_reached_left_and_give_the_focus_back(site):
    cast = site.cast
    page = site.open(cast.ana, f"/groups/{cast.den}")
    card = own(page, "own-menu")
    tab_to(page, card, "Shift+Tab")
    press(page, "Enter")
    expect(page.get_by_role("menuitem", name="Set a status")).to_be_focused()
    for name in (
        "quiet-choice",
        "Invisible",
        "notify-choice",
        "Profile and password",
        "Who sees when",
        "Your devices",
        "Keyboard shortcuts",
        "Sign out",
    ):
        assert focused(page)["shows"]
        press(page, "ArrowDown")
        assert name in focused(page)["name"]
    assert page.evaluate("localStorage['chatapp.setting.notify']") is None
    press(page, "Escape")
    expect(card).to_be_focused()

    press(page, "Shift+Tab", "?")
    expect(page.locator("[data-dialog=help] .help__row", has_text="Set your status")).to_contain_text("CtrlShiftY")
    press(page, "Escape", "Control+Shift+Y")
    expect(page.locator("[data-dialog=status]")).to_be_visible()
    press(page, "Escape", "Tab")
    expect(card).to_be_focused()
    for place, name in ((0, "status"), (4, "profile"), (5, "privacy"), (6, "devices"), (7, "help")):
        press(page, "Enter", *["ArrowDown"] * place, "Enter")
        dialog = page.locator(f"[data-dialog={name}]")
        expect(dialog).to_be_visible()
        tab_to(page, dialog.get_by_role("button", name=re.compile("^(Close|Save)$")).last)
        press(page, "Escape")
        expect(card).to_be_focused()

    more = page.get_by_role("button", name="What to do with Ben Okoro")
    tab_to(page, more)
    press(page, "Enter", "ArrowDown", "Enter")
    expect(page.get_by_text("Ben Okoro is an owner now")).to_be_visible()
    expect(more).to_be_focused()
    press(page, "Enter", "End", "Enter")
    expect(page.get_by_role("button", name="Remove Ben Okoro")).to_be_focused()
    press(page, "Escape")
    expect(more).to_be_focused()
    directory = own(page, "directory")
    tab_to(page, directory, "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("[data-dialog=directory] [role=option]")).to_have_count(4)
    press(page, "Escape")
    expect(directory).to_be_focused()

    layout = page.locator("[data-part=layout]")
    press(page, "Control+.")
    expect(layout).to_have_attribute("data-details", "closed")
    page.set_viewport_size({"width": 900, "height": 700})
    page.evaluate("new Promise((heard) => requestAnimationFrame(() => requestAnimationFrame(heard)))")
    press(page, "Control+.")
    expect(page.get_by_role("button", name="Close details")).to_be_focused()
    assert focused(page)["shows"]
    press(page, "Escape")
    expect(layout).to_have_attribute("data-details", "closed")
    expect(composer(page)).to_be_focused()


def test_making_a_group_inviting_into_it_and_leaving_it(site):
    cast = site.cast
    page = site.open(cast.ana, f"/groups/{cast.den}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab_to(page, own(page, "new-group"), "Shift+Tab")
    press(page, "Enter")
    page.keyboard.type("Harbour")
    press(page, "Tab")
    page.keyboard.type("ben")
    expect(page.locator("[data-dialog=new-group] [role=option]")).to_have_count(1)
    press(page, "Enter")
    tab_to(page, page.get_by_role("button", name="Create group"))
    press(page, "Enter")
    expect(heading(page)).to_have_text("Harbour")
    expect(composer(page)).to_be_focused()
    group = page.url.rpartition("/")[2]
    assert {one["user_id"] for one in cast.ana.get(f"/api/groups/{group}/members")["members"]} == {cast.ana.id, cast.ben.id}

    tab_to(page, page.get_by_role("tab", name="Members"))
    press(page, "ArrowRight")
    expect(page.get_by_role("tab", name="Invites")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Create invite link"))
    press(page, "Enter")
    copy = page.locator("[data-action=copy-invite]")
    tab_to(page, copy)
    press(page, "Enter")
    expect(copy).to_have_text("Copied")
    invite = cast.ana.get(f"/api/groups/{group}/invites")["invites"][0]["id"]
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/join/{invite}"
    expect(copy).to_have_text("Copy")
    expect(copy).to_be_focused()

    tab_to(page, page.get_by_role("tab", name="Invites"), "Shift+Tab")
    press(page, "ArrowRight")
    leave = page.get_by_role("button", name="Leave group")
    tab_to(page, leave)
    press(page, "Enter", "Escape")
    expect(leave).to_be_focused()
    cast.ana.patch(f"/api/groups/{group}/members/{cast.ben.id}", {"role": "owner"})
    press(page, "Enter", "Enter")
    expect(page.get_by_text("You left Harbour")).to_be_visible()
    expect(heading(page)).to_have_text("Everyone")
    expect(link(page, "Harbour")).to_have_count(0)
    expect(composer(page)).to_be_focused()
