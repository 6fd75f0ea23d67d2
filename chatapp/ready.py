"""Whether a server may start as it is: its database has the newest schema, and somebody has an account.

``python -m chatapp.ready`` says where the chat is and ends well if so. It loads a database driver and nothing else, for a start
should be quick; whatever there is to do or to explain, ``flask prepare`` does.
"""

import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from .config import ROOT, is_open_to_the_net, load

PLAIN_HTTP = "Warning: passwords and messages travel unencrypted. Put a proxy with TLS in front and set PUBLIC_URL=https://..."
NOT_READY = 1
CONNECT_SECONDS = 3
REVISION = re.compile(r'^(down_)?revision = "(\w+)"', re.MULTILINE)


def address(config):
    """Return how people reach the server."""
    return config["PUBLIC_URL"] or f"http://{config['BIND']}:{config['PORT']}"


def greet(config):
    """Print where the chat is, and a warning where passwords may be overheard on the way there."""
    print(f"chatapp: {address(config)}", flush=True)
    if is_open_to_the_net(config):
        print(PLAIN_HTTP, file=sys.stderr, flush=True)


def is_ready(database_url):
    """Tell whether a database has the newest schema and an account. Raises what its driver raises."""
    with closing(_connect(database_url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT (SELECT version_num FROM alembic_version), EXISTS (SELECT 1 FROM users)")
        revision, has_account = cursor.fetchone()
    return revision == newest_revision() and bool(has_account)


def newest_revision(folder=ROOT / "migrations" / "versions"):
    """Return the revision that no other one of the migrations follows."""
    found = [REVISION.findall(path.read_text()) for path in folder.glob("*.py")]
    all_of, followed = ({name for each in found for down, name in each if bool(down) is kind} for kind in (False, True))
    (newest,) = all_of - followed
    return newest


def _connect(database_url):
    kind, _, rest = database_url.partition("://")
    if kind == "sqlite":
        return sqlite3.connect(f"{Path(rest[1:]).as_uri()}?mode=ro", uri=True)
    import psycopg2  # a server on SQLite does without

    return psycopg2.connect(f"postgresql://{rest}", connect_timeout=CONNECT_SECONDS)


def main():
    """Greet and end well if the server may start; else end quietly with NOT_READY."""
    try:
        config = load()
        ready = is_ready(config["DATABASE_URL"])
    except Exception:  # a bad setting, no file, no server: the command that prepares says which
        ready = False
    if not ready:
        sys.exit(NOT_READY)
    greet(config)


if __name__ == "__main__":
    main()
