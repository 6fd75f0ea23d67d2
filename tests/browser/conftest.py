"""Two kinds of pages: of a served chat with the cast in it, and one that holds nothing but the program's own modules."""

from pathlib import Path

import pytest
from visitors import Site

STATIC = Path(__file__).resolve().parents[2] / "chatapp/static"
ORIGIN = "http://modules.test"


@pytest.fixture
def scheduler():
    """Whether the served chat's jobs run: "off". A test chooses by a parameter of this name."""
    return "off"


@pytest.fixture
def workers():
    """How many processes serve the chat: "1". A test chooses by a parameter of this name."""
    return "1"


@pytest.fixture
def site(serve, cast, new_page, scheduler, workers):
    """A served chat with the cast in it; pages opened through it must not complain in their consoles."""
    # A worker that a test stops is not to be ended by its master, however slow this machine is.
    server = serve(WEB_CONCURRENCY=workers, SCHEDULER=scheduler, GUNICORN_CMD_ARGS="--timeout 120")
    site = Site(server, cast, new_page)
    yield site
    assert site.complaints == [], server.log()[-4000:]


@pytest.fixture
def run_js(page):
    """A function that runs JavaScript with modules imported: run_js("store.js", "...") sees its exports under ``m``."""
    page.route(f"{ORIGIN}/**", _serve)
    page.goto(ORIGIN)

    def run(module, body, argument=None):
        script = f"async (argument) => {{ const m = await import('{ORIGIN}/js/{module}'); {body} }}"
        return page.evaluate(script, argument)

    return run


def _serve(route):
    path = STATIC / route.request.url.removeprefix(ORIGIN).lstrip("/")
    if path.is_file():
        route.fulfill(path=path, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
