"""Whether this worker can do its work, for machines. Says nothing of people."""

import sqlalchemy as sa
from flask import Blueprint, current_app

from ...clock import seconds
from ...extensions import db
from ...models import JobRun
from ...rules.jobs import EVERY, is_late
from .layer import json_response

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def get_health():
    """200 when the database answers and the feed sees it, else 503."""
    feed = current_app.extensions["feed"]
    jobs = _jobs(started=current_app.extensions["started"])
    well = not feed.blind()
    return json_response(
        {"status": "ok" if well else "unavailable", "database": "ok", "feed": "ok" if well else "blind", "jobs": jobs}, 200 if well else 503
    )


def _jobs(started):
    """Return {job: "ok" or "late"} of every job there is. One that never ran, or not for the time that the server was
    down, is late once this worker has waited for it."""
    ran = {run.name: run.started_at.timestamp() for run in db.session.execute(sa.select(JobRun)).scalars()}
    now = seconds()
    return {name: "late" if is_late(name, max(ran.get(name, started), started), now) else "ok" for name in EVERY}
