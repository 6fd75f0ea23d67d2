"""States of what belongs to oneself: statuses, do not disturb, privacy, devices, and what the server allows."""

import json
import uuid
from datetime import UTC, datetime, timedelta

from .states import chat, from_own_menu, launch, open_details


def status_until(page, servers):
    """The status dialog with a text that is nearly too long and an end of its own, which has passed."""
    from_own_menu("Set a status")(page, servers)
    page.locator("[name=manual_status]").fill("🎧 " + "finding the way to the harbour " * 3)
    page.get_by_label("Clear it").select_option("at")
    page.locator("[name=expires_at]").fill("2024-02-29T10:30")
    page.get_by_role("button", name="Save", exact=True).click()


def do_not_disturb(page, servers):
    launch(page, servers)
    page.evaluate("document.querySelector('[data-action=own-menu]').click()")
    page.locator("[data-part=quiet-choice]").select_option("at")


def devices(page, servers):
    """The page of Ana's devices by its address: three browsers and a token."""
    page.route("**/api/me/devices", lambda route: route.fulfill(json={"devices": some_devices()}))
    page.goto(servers["chat"] + "/devices")
    page.locator("[data-dialog=devices] .device").first.wait_for()


def devices_alone(page, servers):
    page.route("**/api/me/devices", lambda route: route.fulfill(json={"devices": some_devices()[:1]}))
    page.goto(servers["chat"] + "/devices")
    page.locator("[data-dialog=devices] .device").first.wait_for()


def device_rename(page, servers):
    devices(page, servers)
    page.get_by_role("button", name="Rename Safari on iPhone").click()


def device_end(page, servers):
    """Signing out all others, with a wrong password."""
    devices(page, servers)
    page.get_by_role("button", name="Sign out all others").click()
    problem = '{"code": "bad_credentials", "detail": "No.", "errors": {"current_password": "This is not your password."}}'
    page.route("**/api/me/devices", lambda route: route.fulfill(status=403, content_type="application/problem+json", body=problem))
    page.get_by_label("Your password").fill("not this one")
    page.keyboard.press("Enter")
    page.get_by_text("This is not your password.").wait_for()


def some_devices():
    """Return devices as the API lists them: this one, two other browsers, a token."""
    return [
        device("Firefox on Linux", 26 * 24, 0, "192.0.2.x", current=True),
        device("Safari on iPhone", 9 * 24, 3, "2001:db8:17::"),
        device("The old laptop in the workshop, Chrome on Windows", 80 * 24, 13 * 24, "203.0.113.x"),
        device("nightly report", 200 * 24, 7, None, kind="token"),
    ]


def device(name, first, last, address, kind="browser", current=False):
    """Return a device that was used first and last so many hours ago."""
    times = {"created_at": ago(first), "last_used_at": ago(last), "expires_at": None}
    return {"id": str(uuid.uuid4()), "kind": kind, "name": name, "address": address, "current": current, **times}


def ago(hours):
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def with_state(page, change):
    """Let the page read its state with a change, which nothing that is read later takes back."""

    def state(route):
        found = route.fetch().json()
        change(found)
        route.fulfill(body=json.dumps(found))

    page.route("**/api/state", state)
    page.route("**/api/presence?*", lambda route: route.abort())


def quiet(page, servers):
    """Ana does not want to be disturbed, nor does Jonas, who is here, nor Priya, who is idle."""

    def change(state):
        state["me"]["do_not_disturb_until"] = ago(-1)
        state["me"] |= {"manual_status": "🎧 in the wind tunnel until the handlebars hold", "manual_status_expires_at": ago(-3)}
        for user in state["users"]:
            user["do_not_disturb"] = user["username"] in ("jonas", "priya")

    with_state(page, change)
    launch(page, servers)


def quiet_menu(page, servers):
    quiet(page, servers)
    page.evaluate("document.querySelector('[data-action=own-menu]').click()")


def quiet_members(page, servers):
    quiet(page, servers)
    open_details(page, "Members")


def seen_around(page, servers):
    """Leila shows only to the hour when she was here."""

    def change(state):
        for user in state["users"]:
            if user["username"] == "leila":
                user |= {"last_seen": datetime.now(UTC).replace(minute=0, second=0).isoformat(), "last_seen_precision": "hour"}

    with_state(page, change)
    chat(page, servers, "Leila Haddad")


def server_settings(page, servers):
    chat(page, servers, "Kestrel Cycles")
    open_details(page, "Settings")


def visible_again(page, servers):
    """Ana was invisible when the owners turned that off."""
    me = page.request.get(f"{servers['chat']}/api/me").json()["me"]["id"]
    page.add_init_script(f"localStorage['chatapp.setting.invisible'] = '{me}'")
    with_state(page, lambda state: state["server"].update(invisible_allowed=False))
    launch(page, servers)
    page.locator(".toast").wait_for()


def invisible_forbidden(page, servers):
    with_state(page, lambda state: state["server"].update(invisible_allowed=False))
    launch(page, servers)
    page.evaluate("document.querySelector('[data-action=own-menu]').click()")


def tip(page, servers):
    """A status that is cut, whole beside the focus."""
    quiet(page, servers)
    if page.viewport_size["width"] < 720:
        page.locator("[data-action=back]").click()
    page.keyboard.press("Shift")
    page.locator("[data-action=own-menu]").focus()
    page.locator("[data-part=tip]:visible").wait_for()


STATES = {
    "status-until": ("ana", status_until),
    "do-not-disturb": ("ana", do_not_disturb),
    "quiet": ("ana", quiet),
    "quiet-menu": ("ana", quiet_menu),
    "quiet-members": ("ana", quiet_members),
    "tip": ("ana", tip),
    "privacy": ("ana", from_own_menu("Who sees when you were here")),
    "seen-around": ("ana", seen_around),
    "server-settings": ("ana", server_settings),
    "visible-again": ("ana", visible_again),
    "invisible-forbidden": ("ana", invisible_forbidden),
    "devices": ("ana", devices),
    "devices-alone": ("ana", devices_alone),
    "device-rename": ("ana", device_rename),
    "device-end": ("ana", device_end),
}
