"""Takes pictures of every page and state from the demo company, at three widths, light and dark, into one contact sheet.

    ./dev pictures [FOLDER [STATE ...]]    # FOLDER/sheet-light.png, sheet-dark.png and one file a picture

Look at them before calling a change of the page done: this is not a test, it shows what tests do not see.
"""

import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from find_browser import ADVICE, find_browser
from playwright.sync_api import sync_playwright
from served import ROOT, served

from pictures import company, gaps, own, sheet, states

STATES = states.STATES | own.STATES | gaps.STATES

WIDTHS = {1440: 900, 1024: 768, 360: 740}
THEMES = ("light", "dark")


def main(folder, wanted):
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chat", dir="/tmp") as instance, sync_playwright() as playwright:
        demo, empty = (prepared(Path(instance) / name) for name in ("demo", "empty"))
        flask(demo, "demo")
        company.come_to_work(demo)
        browser = playwright.chromium.launch(executable_path=find_browser() or sys.exit(ADVICE), args=["--no-sandbox"] * (os.geteuid() == 0))
        with served(demo, folder / "demo.log") as chat, served(empty, folder / "empty.log") as fresh:
            servers = {"chat": chat.url, "fresh": fresh.url, "link": flask(empty, "setup-link").strip().partition("/setup")[2]}
            for theme, width in itertools.product(THEMES, WIDTHS):
                take(browser, servers, folder, theme, width, wanted)
        for theme in THEMES:
            sheet.write(browser, folder, theme)
        browser.close()


def prepared(instance):
    """Return the settings of a new server whose database is at the newest schema."""
    settings = {"INSTANCE": str(instance), "DATABASE_URL": f"sqlite:///{instance}/chatapp.db", "WEB_CONCURRENCY": "1", "PASSWORD_COST": "test"}
    flask(settings, "prepare")
    return settings


def flask(settings, *command):
    """Run a command of the program; return what it prints."""
    environment = {**os.environ, **settings}
    return subprocess.run([sys.executable, "-m", "flask", *command], cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def take(browser, servers, folder, theme, width, wanted):
    """Take the pictures of these states (none: of all) in one theme at one width."""
    options = {"viewport": {"width": width, "height": WIDTHS[width]}, "color_scheme": theme, "reduced_motion": "reduce", "locale": "en-GB"}
    visitor = browser.new_context(**options, has_touch=width < 720)
    ana = browser.new_context(**options, has_touch=width < 720)
    states.sign_in(ana, servers["chat"])
    for name in wanted or STATES:
        who, show = STATES[name]
        page = (ana if who == "ana" else visitor).new_page()
        page.set_default_timeout(8_000)
        try:
            show(page, servers)
            page.wait_for_timeout(250)
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
        except Exception as error:
            print(f"{name} at {width}, {theme}: {str(error).splitlines()[0]}", flush=True)
        page.unroute_all(behavior="ignoreErrors")
        page.close()
    visitor.close()
    ana.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "instance" / "pictures").resolve(), sys.argv[2:])
