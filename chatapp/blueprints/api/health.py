"""Whether this worker can do its work, for machines. Says nothing of people."""

from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, current_app

from ...clock import now
from ...extensions import db
from ...models import JobRun
from .layer import json_response

LATE_AFTER = timedelta(hours=3)
LATE_SOON = timedelta(minutes=4)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def get_health():
    """200 when the database answers and the feed sees it, else 503."""
    feed = current_app.extensions["feed"]
    jobs = {run.name: "late" if _late(run) else "ok" for run in db.session.execute(sa.select(JobRun).order_by(JobRun.name)).scalars()}
    well = not feed.blind()
    return json_response({"status": "ok" if well else "unavailable", "database": "ok", "feed": "ok" if well else "blind", "jobs": jobs}, 200 if well else 503)


def _late(run):
    hourly = run.name.startswith("prune_")
    return now() - run.started_at > (LATE_AFTER if hourly else LATE_SOON)
