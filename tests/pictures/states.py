"""Every page and state worth a look: how to get there. Each is shown on a page of its own, as Ana or as a visitor."""

import re
import uuid

PASSWORD = "a demo for everyone"
RTL = "مرحباً! هذا نص من اليمين إلى اليسار، مع رقم 42 ورابط https://example.org في الوسط."
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
LONG = "\n".join(f"{number}. A line of a long list that somebody pasted whole" for number in range(1, 80))


def sign_in(context, url):
    context.request.post(f"{url}/api/session", data={"login": "ana", "password": PASSWORD})


def chat(page, servers, conversation=None):
    """Open the chat, at a conversation by its name."""
    state = page.request.get(f"{servers['chat']}/api/state").json()
    names = {user["id"]: user["name"] for user in state["users"]}
    places = {group["name"]: f"/groups/{group['id']}" for group in state["groups"]} | {
        names[one["user_id"]]: f"/people/{one['user_id']}" for one in state["directs"]
    }
    page.goto(servers["chat"] + (places[conversation] if conversation else "/"))
    page.locator("[data-part=layout]").wait_for()
    if conversation:
        page.locator("[data-row=message], [data-part=intro]").first.wait_for()
    page.wait_for_timeout(300)
    return places.get(conversation)


def launch(page, servers):
    chat(page, servers, "Launch")


def open_details(page, tab):
    """Open a tab of the details, whether or not they are shown already."""
    if page.locator("[data-part=layout]").get_attribute("data-details") != "open":
        page.locator("[data-part=details-button]").click()
    page.get_by_role("tab", name=tab).click()


def detail(tab):
    def show(page, servers):
        launch(page, servers)
        open_details(page, tab)

    return show


def invited(page, servers):
    launch(page, servers)
    open_details(page, "Invites")
    if not page.locator("[data-invite]").count():
        page.get_by_role("button", name="Create invite link").click()
    page.locator("[data-invite]").first.wait_for()


def by_action(action, conversation="Launch", then=None):
    """Show what a control of the chat opens."""

    def show(page, servers):
        chat(page, servers, conversation)
        page.evaluate(f"document.querySelector('[data-action={action}]').click()")
        if then:
            then(page)

    return show


def from_own_menu(item):
    def show(page, servers):
        launch(page, servers)
        page.evaluate("document.querySelector('[data-action=own-menu]').click()")
        page.get_by_role("menuitem", name=item).click()

    return show


def of_own_message(tool):
    """Use a tool of Ana's last message in Launch; None only shows the tools."""

    def show(page, servers):
        launch(page, servers)
        row = page.locator("[data-row=message]", has_text="last red line").last
        row.scroll_into_view_if_needed()
        row.focus()
        if tool:
            page.keyboard.press(tool)

    return show


def texts(page, servers):
    """All kinds of text, in one's own notes."""
    path = chat(page, servers, "Ana Sousa")
    if page.locator("[data-row=message]").count() < 8:
        partner = path.rpartition("/")[2]
        for text in (RTL, LONG_WORD, LONG, "🎉🚲", "https://example.org/" + "very-long-path/" * 12, "  indented\n    code\n\nafter an empty line"):
            page.request.post(f"{servers['chat']}/api/users/{partner}/messages", data={"client_id": str(uuid.uuid4()), "content": text})
        page.wait_for_timeout(500)


def cut_off(page):
    page.route("**/api/**", lambda route: route.abort())


def unsent(page, servers):
    launch(page, servers)
    page.route("**/messages", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.locator("[data-part=input]").fill("This one waits for the line")
    page.keyboard.press("Enter")
    page.get_by_text("Waiting for the connection").wait_for()
    page.evaluate("indexedDB.deleteDatabase('chatapp')")


def refused(page, servers):
    launch(page, servers)
    problem = {"status": 422, "content_type": "application/problem+json", "body": '{"code": "invalid", "detail": "The server refused this message."}'}
    page.route("**/messages", lambda route: route.fulfill(**problem) if route.request.method == "POST" else route.continue_())
    page.locator("[data-part=input]").fill("This one was refused")
    page.keyboard.press("Enter")
    page.get_by_text("Not sent.").wait_for()
    page.evaluate("indexedDB.deleteDatabase('chatapp')")


def offline(page, servers):
    launch(page, servers)
    cut_off(page)
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.locator("[data-part=connection-bar]").wait_for()


def loading(page, servers):
    page.add_init_script("{ const real = fetch; fetch = (url, more) => (/messages/.test(url) ? new Promise(() => {}) : real(url, more)) }")
    page.goto(servers["chat"])
    page.locator("[data-part=layout]").wait_for()
    if page.viewport_size["width"] < 720:
        page.get_by_role("link", name="Launch").click()
    page.wait_for_timeout(500)


def reading_above(page, servers):
    chat(page, servers, "Ana Sousa")
    texts(page, servers)
    page.locator("[data-part=scroller]").evaluate("element => { element.scrollTop = 0 }")
    page.wait_for_timeout(400)


def new_group(page, servers):
    by_action("new-group")(page, servers)
    page.keyboard.type("Harbour ride")
    page.locator("dialog[open] [data-part=search]").fill("to")


def toast(page, servers):
    launch(page, servers)
    page.evaluate(
        "document.querySelector('[data-part=toasts]').append(document.querySelector('template[data-template=toast]').content.cloneNode(true))"
    )
    page.evaluate(
        "document.querySelector('.toast [data-part=text]').textContent = 'Priya Raman is an owner now'; document.querySelector('.toast [data-part=undo]').hidden = false"
    )


def sign_in_refused(page, servers):
    page.goto(servers["chat"] + "/sign-in")
    page.get_by_label("Username or email address").fill("ana")
    page.get_by_label("Password").fill("not the password")
    page.route(
        "**/api/session",
        lambda route: route.fulfill(status=401, body='{"code": "bad_credentials", "detail": "The name or the password is not right."}'),
    )
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)


def set_up(page, servers):
    page.goto(servers["fresh"] + "/setup" + servers["link"])
    page.keyboard.type("Ana Sousa")
    page.get_by_label("Password", exact=True).fill("four plain wo")
    page.get_by_label("Email address").focus()


def join(page, servers):
    visitor = page.context.browser.new_context()
    sign_in(visitor, servers["chat"])
    groups = visitor.request.get(f"{servers['chat']}/api/groups").json()["groups"]
    made = visitor.request.post(f"{servers['chat']}/api/groups/{groups[0]['id']}/invites", data={"expires_in": 3600}).json()["invite"]
    visitor.close()
    page.goto(f"{servers['chat']}/join/{made['id']}")


def first_minutes(page, servers):
    """The chat right after the set-up. The first time here also makes the account."""
    token = re.search(r"token=(\w+)", servers["link"]).group(1)
    account = {"name": "Ana Sousa", "username": "ana", "email": "ana@example.org", "password": PASSWORD}
    made = page.request.post(f"{servers['fresh']}/api/setup", data={"token": token, **account})
    if not made.ok:
        page.request.post(f"{servers['fresh']}/api/session", data={"login": "ana", "password": PASSWORD})
    page.goto(servers["fresh"])
    page.locator("[data-part=layout]").wait_for()
    if page.viewport_size["width"] < 720:
        page.get_by_role("link", name="Everyone").click()
    page.locator("[data-part=intro]").wait_for()


def visit(path, server="chat"):
    return lambda page, servers: page.goto(servers[server] + path)


STATES = {
    "set-up": ("visitor", set_up),
    "sign-in": ("visitor", visit("/sign-in")),
    "sign-in-refused": ("visitor", sign_in_refused),
    "join": ("visitor", join),
    "join-invalid": ("visitor", visit(f"/join/{uuid.uuid4()}")),
    "reset": ("visitor", visit("/reset/some-token")),
    "not-found": ("visitor", visit("/nothing/here")),
    "list": ("ana", chat),
    "conversation": ("ana", launch),
    "direct": ("ana", lambda page, servers: chat(page, servers, "Jonas Lindqvist")),
    "texts": ("ana", texts),
    "reading-above": ("ana", reading_above),
    "members": ("ana", detail("Members")),
    "invites": ("ana", invited),
    "settings": ("ana", detail("Settings")),
    "tools": ("ana", of_own_message(None)),
    "editing": ("ana", of_own_message("e")),
    "deleting": ("ana", of_own_message("Delete")),
    "unsent": ("ana", unsent),
    "refused": ("ana", refused),
    "offline": ("ana", offline),
    "loading": ("ana", loading),
    "switcher": ("ana", by_action("switcher")),
    "directory": ("ana", by_action("directory")),
    "new-group": ("ana", new_group),
    "own-menu": ("ana", by_action("own-menu")),
    "status": ("ana", from_own_menu("Set a status")),
    "profile": ("ana", from_own_menu("Profile and password")),
    "shortcuts": ("ana", from_own_menu("Keyboard shortcuts")),
    "person-card": ("ana", lambda page, servers: (launch(page, servers), page.locator(".message__author:visible").last.click())),
    "toast": ("ana", toast),
    "gone": ("ana", visit(f"/groups/{uuid.uuid4()}")),
    "first-minutes": ("visitor", first_minutes),
}
