"""What was heard of many pages, merged into the statuses of their people by one statement. Inside a running transaction."""

import json
import re

import sqlalchemy as sa

from ..clock import from_seconds, now
from ..database.types import Moment, as_text
from ..extensions import db
from ..models import UserStatus
from ..rules.presence import HIDDEN_BEAT_SECONDS, IDLE_SECONDS, NEAR_SECONDS, PAGES_PER_DEVICE, gone_at


def merge(beats):
    """Write {person: {page key: entry}} in one statement. Each page's entry is merged by itself: parallel writers of other
    pages overwrite nothing. Pages of a device that was signed out are left out, and new ones of a device that has enough.
    A page that never reported beats as a hidden one does. Entries are merged as rules/presence.py says in ``merged``. Who is
    not shown as online may be so by what is written here: the next decay looks.
    """
    statement = SQLITE_MERGE
    if db.engine.dialect.name == "postgresql":
        # Locked in order, so that two writers cannot wait for each other; the merge then sees who was signed out meanwhile.
        people = sa.select(UserStatus.user_id).where(UserStatus.user_id.in_(list(beats))).order_by(UserStatus.user_id)
        db.session.execute(people.with_for_update())
        statement = PG_MERGE
    heard = {user_id: {"pages": pages, "until": min(map(_holds_until, pages.values()))} for user_id, pages in beats.items()}
    merge = sa.text(statement).bindparams(sa.bindparam("now", now(), Moment))
    db.session.execute(merge, {"beats": json.dumps(heard), "most": PAGES_PER_DEVICE})


def _holds_until(entry):
    """Return until when what is heard of a page holds at least."""
    return as_text(from_seconds(min(gone_at(entry), entry.get("input", entry["beat"]) + IDLE_SECONDS)), db.engine.dialect)


# Each device is looked up by itself: a join would read all of them once for each person.
PG_MERGE = """
UPDATE user_status AS s
SET devices = (
  SELECT old.pages || coalesce((
    SELECT jsonb_object_agg(page.key, page.stored || page.value || CASE
      WHEN jsonb_typeof(page.stored -> 'beat') = 'number' AND abs(CAST(page.stored -> 'beat' AS numeric) - CAST(page.value -> 'beat' AS numeric)) <= NEAR
      THEN jsonb_strip_nulls(jsonb_build_object(
        'beat', greatest(page.stored -> 'beat', page.value -> 'beat'),
        'input', greatest(page.stored -> 'input', page.value -> 'input'),
        'promised', greatest(page.stored -> 'promised', page.value -> 'promised')))
      ELSE '{}' END)
    FROM (
      SELECT key, value, CASE WHEN jsonb_typeof(old.pages -> key) = 'object' THEN old.pages -> key ELSE UNHEARD_OF END AS stored
      FROM jsonb_each(heard.value -> 'pages')
    ) AS page
    WHERE (SELECT d.ended_at IS NULL FROM devices AS d WHERE d.id = CAST(left(page.key, 36) AS uuid)) AND (
      jsonb_exists(old.pages, page.key)
      OR (SELECT count(*) FROM jsonb_object_keys(old.pages) AS other WHERE left(other, 36) = left(page.key, 36)) < :most)
  ), '{}')
  FROM (SELECT CASE WHEN jsonb_typeof(s.devices) = 'object' THEN s.devices ELSE '{}' END AS pages) AS old),
  decays_at = CASE WHEN auto_status = 'online' THEN least(coalesce(decays_at, :now), CAST(heard.value ->> 'until' AS timestamptz)) ELSE :now END
FROM jsonb_each(CAST(:beats AS jsonb)) AS heard
WHERE s.user_id = CAST(heard.key AS uuid)
"""
# json_patch merges as RFC 7396 says: within a page's entry too, and a null takes a member away. What is taken out of the
# new entry stays as it is stored.
SQLITE_MERGE = """
UPDATE user_status
SET devices = json_patch(CASE WHEN json_type(user_status.devices) = 'object' THEN user_status.devices ELSE '{}' END, (
    SELECT json_group_object(page.key, json(CASE
      WHEN page.stored IS NULL THEN json_patch(UNHEARD_OF, page.value)
      WHEN json_type(page.stored, '$.beat') IN ('integer', 'real')
        AND abs(json_extract(page.stored, '$.beat') - json_extract(page.value, '$.beat')) <= NEAR
      THEN json_remove(page.value, LATER('beat'), LATER('input'), LATER('promised'))
      ELSE page.value END))
    FROM (
      SELECT key, value, CASE json_type(user_status.devices, '$."' || key || '"') WHEN 'object'
        THEN json_extract(user_status.devices, '$."' || key || '"') END AS stored
      FROM json_each(heard.value -> '$.pages')
    ) AS page
    JOIN devices AS d ON d.id = substr(page.key, 1, 36) AND d.ended_at IS NULL
    WHERE EXISTS (SELECT 1 FROM json_each(user_status.devices) AS other WHERE other.key = page.key)
      OR (SELECT count(*) FROM json_each(user_status.devices) AS other WHERE substr(other.key, 1, 36) = substr(page.key, 1, 36)) < :most
  )),
  decays_at = CASE WHEN auto_status = 'online' THEN min(coalesce(decays_at, :now), heard.value ->> '$.until') ELSE :now END
FROM json_each(:beats) AS heard
WHERE user_status.user_id = heard.key
"""
LATER = r"CASE WHEN json_extract(page.stored, '$.\1') > json_extract(page.value, '$.\1') THEN '$.\1' ELSE '$.none' END"
SQLITE_MERGE = re.sub(r"LATER\('(\w+)'\)", LATER, SQLITE_MERGE)
UNHEARD_OF = json.dumps({"promised": HIDDEN_BEAT_SECONDS})
PG_MERGE, SQLITE_MERGE = (one.replace("UNHEARD_OF", f"'{UNHEARD_OF}'").replace("NEAR", str(NEAR_SECONDS)) for one in (PG_MERGE, SQLITE_MERGE))
