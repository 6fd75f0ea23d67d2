"""Until when a cached status lasts, noted for many people by one statement. Inside a running transaction."""

import json

import sqlalchemy as sa

from ..clock import from_seconds, now, seconds
from ..database.types import Moment, as_text
from ..extensions import db
from ..rules.presence import lasts_until


def look_again_later(rows):
    """Note of people whose beats went on until when their status lasts now; it is no sign of life. ``rows`` as they were read:
    user_id, devices, decays_at. Who was dated anew meanwhile stays so."""
    dialect, at = db.engine.dialect, seconds()
    looked = [{"id": row.user_id, "seen": as_text(row.decays_at, dialect), "until": as_text(_until(row.devices, at), dialect)} for row in rows]
    note = sa.text(PG_NOTE if dialect.name == "postgresql" else SQLITE_NOTE).bindparams(sa.bindparam("now", now(), Moment))
    db.session.execute(note, {"looked": json.dumps(looked)})


def _until(devices, at):
    until = lasts_until(devices, at)
    return until and from_seconds(until)


# Whoever holds a row settles it, or the next look does: nobody is waited for.
PG_NOTE = """
WITH free AS MATERIALIZED (
  SELECT s.user_id, looked.until
  FROM jsonb_to_recordset(CAST(:looked AS jsonb)) AS looked (id uuid, seen timestamptz, until timestamptz)
  JOIN user_status AS s ON s.user_id = looked.id AND s.decays_at IS NOT DISTINCT FROM looked.seen
  FOR NO KEY UPDATE OF s SKIP LOCKED
)
UPDATE user_status AS s SET decays_at = free.until, tidied_at = :now FROM free WHERE s.user_id = free.user_id
"""
SQLITE_NOTE = """
UPDATE user_status SET decays_at = looked.value ->> '$.until', tidied_at = :now
FROM json_each(:looked) AS looked
WHERE user_status.user_id = looked.value ->> '$.id' AND user_status.decays_at IS looked.value ->> '$.seen'
"""
