"""People at their browsers: pages of a real server, signed in by cookie, that must never complain in their console."""

import re

import sqlalchemy as sa
from playwright.sync_api import expect

from chatapp.actions.transaction import transaction
from chatapp.extensions import db
from chatapp.models import User
from chatapp.passwords import hash_password

PASSWORD = "four plain words here"
REFUSALS = re.compile(r"status of 4")  # the browser reports every refusal that a page handles
PATIENCE_MS = 15_000


class Site:
    """A served chat with the cast in it. ``complaints`` holds what pages said in their consoles."""

    def __init__(self, server, cast, new_page):
        self.server, self.cast, self._new_page = server, cast, new_page
        self.url, self.complaints, self.expected = server.url, [], [REFUSALS]
        self._profiles = {}

    def page(self, context=None, **options):
        """Return a new page, in a browser profile of its own or as one more tab of a given one."""
        page = context.new_page() if context else self._new_page(**options)
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        return page

    def open(self, person, path="/", page=None, **options):
        """Return a page that shows the chat to a person."""
        page = page or self.page(**options)
        self.sign_in(page.context, person)
        page.goto(self.url + path)
        page.locator("[data-part=layout]").wait_for()
        if path != "/":
            page.locator("[data-row=message], [data-part=intro], [data-part=nothing]").locator("visible=true").first.wait_for()
        return page

    def sign_in(self, context, person):
        """Give a browser profile the cookie of a person's device; another profile is another device."""
        if self._profiles.setdefault(person.token, context) is not context:
            person = self.cast.again(person)
        context.add_cookies([{"name": "chatapp", "value": person.token, "url": self.url}])

    def set_password(self, person):
        """Let somebody of the cast sign in by the form with PASSWORD."""
        with self.cast.app.app_context(), transaction():
            db.session.execute(sa.update(User).where(User.id == person.id).values(password=hash_password(PASSWORD)))

    def _heard(self, said):
        if said.type == "error" and not any(pattern.search(said.text) for pattern in self.expected):
            self.complaints.append(said.text)


def sign_in_by_form(page, login, password=PASSWORD):
    """Fill the sign-in form, whose first field has the focus, and send it."""
    page.keyboard.type(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def say(page, text):
    """Write a message into the open conversation and send it."""
    field = page.locator("[data-part=input]")
    expect(field).to_have_attribute("placeholder", re.compile("."))  # before that Enter is a line break
    field.fill(text)
    page.keyboard.press("Enter")


def messages(page):
    """Return the rows of the open conversation's messages."""
    return page.locator("[data-row=message]")


def texts(page):
    """Return what the messages on screen say, oldest first."""
    return messages(page).locator("[data-part=content]").all_inner_texts()


def heading(page):
    """Return the open conversation's name."""
    return page.locator("[data-part=header] [data-part=name]")


def link(page, name):
    """Return a conversation's row in the sidebar."""
    return page.locator("[data-part=sidebar] .conversation-link", has_text=name)
