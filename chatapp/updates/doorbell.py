"""The doorbell: tells every worker that something was committed, so that its tail looks at once.

A ring may get lost; the tail also looks once a second.
"""

import sqlalchemy as sa

from .file_doorbell import FileDoorbell


def doorbell_for(config):
    """Return the doorbell that fits the configured database."""
    if config["DATABASE_URL"].startswith("sqlite"):
        return FileDoorbell(sa.make_url(config["DATABASE_URL"]).database + ".bells")
    from .notify_doorbell import NotifyDoorbell  # with psycopg2, which SQLite does not need

    return NotifyDoorbell(config["DATABASE_URL_DIRECT"])
