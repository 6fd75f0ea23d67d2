"""States in which a page does not show everything: numbers that it misses, and hours that it slept."""

import json
import re
import uuid

from .states import chat, cut_off, launch

POLLS, HISTORY = "**/api/updates*", re.compile(r"/messages\?.*after=")
HOURS = 7 * 3600


def hole(page, servers):
    """Two of three messages of another page of hers do not arrive, and asking for them fails."""
    said = {"in the order of", "their numbers"}

    def poll(route):
        answer = route.fetch(url=re.sub("wait=25&stream=[01]", "wait=0", route.request.url))
        batch = answer.json()
        events = [one for one in batch["events"] if one["data"].get("message", {}).get("content") not in said]
        route.fulfill(body=json.dumps({**batch, "events": events, "next": 0.2}) + "\n")

    page.route(POLLS, poll)
    partner = chat(page, servers, "Ana Sousa").rpartition("/")[2]  # her notes: the other pictures stay as they are
    page.route(HISTORY, lambda route: route.abort())
    for text in ("in the order of", "their numbers", "everything is shown"):
        message = {"client_id": str(uuid.uuid4()), "content": text}
        page.request.post(f"{servers['chat']}/api/users/{partner}/messages", data=message)
    page.locator("[data-row=hole]").get_by_role("button", name="Try again").wait_for()


def old(page, servers):
    """The computer slept for hours, and the server cannot be reached."""
    page.clock.install()
    launch(page, servers)
    cut_off(page)
    page.clock.set_system_time(page.evaluate("Date.now()") / 1000 + HOURS)
    page.locator("[data-part=connection-bar]", has_text="may be old").wait_for()


STATES = {"hole": ("ana", hole), "old": ("ana", old)}
