"""Finds the browser for the tests: one named in CHATAPP_BROWSER, the system's, Playwright's own.

As a program it prints the path; with --install it gets one where there is none. It never gives up silently.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium-headless-shell",  # starts fastest
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
MACOS_APPLICATIONS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
PLAYWRIGHT_FOLDERS = (os.environ.get("PLAYWRIGHT_BROWSERS_PATH"), "~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
PLAYWRIGHT_PROGRAMS = ("chromium_headless_shell-*/*/*headless*shell", "chromium-*/*/chrome")
DEBIAN_PACKAGE = "chromium-headless-shell"
ADVICE = f"""No browser for the tests. Type one of these, then run the tests again:
  sudo apt install {DEBIAN_PACKAGE}
  .venv/bin/playwright install --only-shell chromium
  CHATAPP_BROWSER=/path/to/chromium ./dev test
or leave the browser tests out:  CHATAPP_NO_BROWSER=1 ./dev test"""


def find_browser():
    """Return the path of a Chromium-like browser, or None."""
    named = os.environ.get("CHATAPP_BROWSER")
    if named:
        return shutil.which(named)
    return next(filter(None, _candidates()), None)


def install_browser():
    """Install a browser: as root by apt-get, else Playwright's own into the user's cache. Raises nothing; look again after."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {DEBIAN_PACKAGE} for the browser tests ...", flush=True)
        if subprocess.call(["apt-get", "update", "-qq"]) == 0:
            subprocess.call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", DEBIAN_PACKAGE], stdout=subprocess.DEVNULL)
    if not find_browser():
        subprocess.call([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])


def _candidates():
    for name in NAMES:
        path = shutil.which(name)
        if path and not os.path.realpath(path).startswith("/snap/") and not _is_snap_stub(path):
            yield path
    for folder in ("/Applications", "~/Applications"):
        yield from (str(path) for name in MACOS_APPLICATIONS if (path := Path(folder).expanduser() / name).exists())
    for folder in filter(None, PLAYWRIGHT_FOLDERS):
        for pattern in PLAYWRIGHT_PROGRAMS:
            yield from (str(path) for path in sorted(Path(folder).expanduser().glob(pattern), reverse=True) if os.access(path, os.X_OK))


def _is_snap_stub(path):
    """Tell whether this is Ubuntu's script that only says where the snap is; it cannot be driven."""
    with open(path, "rb") as file:
        return b"/snap/bin" in file.read(4096)


def main(arguments):
    """Print the path of the browser, or say what to type."""
    if not os.environ.get("CHATAPP_BROWSER") and "--install" in arguments and not find_browser():
        install_browser()
    path = find_browser() or sys.exit(ADVICE)
    print(f"Browser for the tests: {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
