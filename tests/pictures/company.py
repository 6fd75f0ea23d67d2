"""Brings the demo company to work: some are online, one is idle, one away, others were here today."""

import json
import sqlite3
import time
import uuid

HOUR = 3600
AHEAD = 2 * HOUR  # their pages seem to beat until long after the last picture
PEOPLE = {
    # username: (status, seconds since the last input; None: not here, and then the seconds since they were)
    "ana": ("online", 0),
    "jonas": ("online", 0),
    "mateo": ("online", 0),
    "grace": ("online", 0),
    "priya": ("idle", 7 * 60),
    "sam": ("away", 40 * 60),
    "tomasz": ("offline", 25 * 60),
    "yuki": ("offline", 3 * HOUR),
    "ines": ("offline", 20 * HOUR),
    "leila": ("offline", 98 * HOUR),
}


def come_to_work(settings):
    """Write everybody's presence into a demo server's SQLite file, and a link of Ana's."""
    now = time.time()
    with sqlite3.connect(settings["DATABASE_URL"].removeprefix("sqlite:///")) as database:
        for username, (status, quiet) in PEOPLE.items():
            page = {"beat": now - quiet, "promised": 60, "input": now - quiet}
            if status != "offline":
                page |= {"beat": now + AHEAD, "input": now - quiet + (AHEAD if status == "online" else 0)}
            database.execute(
                "UPDATE user_status SET devices = ?, auto_status = ?, public_last_seen = NULL WHERE user_id = (SELECT id FROM users WHERE username = ?)",
                (json.dumps({f"{uuid.uuid4()}:page": page}), status, username),
            )
    database.close()
