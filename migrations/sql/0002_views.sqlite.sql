-- What everybody may see, for readers of SQL: chatapp/rules/presence.py and chatapp/rules/last_seen.py in SQL, applied as to
-- somebody who shares no group. Whoever reads only these views learns nothing that the chat does not show everybody.

CREATE VIEW public_users AS SELECT id, name, username, deactivated_at IS NOT NULL AS deactivated FROM users;

CREATE VIEW public_user_status AS
WITH clock AS (SELECT (julianday('now') - 2440587.5) * 86400 AS at, strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' AS moment),
found AS (
  SELECT s.user_id, page.value AS entry
  FROM user_status AS s, json_each(CASE json_type(s.devices) WHEN 'object' THEN s.devices ELSE '{}' END) AS page
  WHERE NOT s.invisible AND page.type = 'object'
),
numbers AS (
  SELECT user_id,
    CASE WHEN json_type(entry, '$.beat') IN ('integer', 'real') THEN entry ->> '$.beat' END AS beat,
    CASE WHEN json_type(entry, '$.input') IN ('integer', 'real') THEN entry ->> '$.input' END AS input,
    CASE WHEN json_type(entry, '$.left') IN ('integer', 'real') THEN entry ->> '$.left' END AS went,
    CASE WHEN json_type(entry, '$.promised') IN ('integer', 'real') THEN entry ->> '$.promised' END AS promised
  FROM found
),
entries AS (
  SELECT user_id, beat, CASE WHEN input BETWEEN 0 AND 1e11 THEN input END AS input, CASE WHEN went BETWEEN 0 AND 1e11 AND beat < went + 1 THEN went END AS went,
    CASE WHEN promised > 0 AND promised <= 1e11 THEN min(promised, 120) ELSE 25 END AS promised
  FROM numbers WHERE beat BETWEEN 0 AND 1e11
),
pages AS (
  SELECT user_id, min(beat, at) AS contact, CASE
      WHEN at >= min(beat + 2 * promised + 15, coalesce(went + CASE WHEN input IS NULL THEN 0 ELSE 10 END, 1e12)) THEN 0
      WHEN input IS NULL OR at - input >= 900 THEN 1
      WHEN at - input >= 300 THEN 2
      ELSE 3 END AS rank
  FROM entries, clock
),
lives AS (SELECT user_id, max(rank) AS rank, max(contact) AS contact FROM pages GROUP BY user_id),
told AS (
  SELECT s.user_id, coalesce(rank, 0) AS rank, moment,
    max(coalesce(public_last_seen, ''), coalesce(strftime('%Y-%m-%d %H:%M:%f', contact, 'unixepoch') || '000', '')) AS seen,
    CASE WHEN invisible THEN public_manual_status ELSE manual_status END AS text,
    CASE WHEN invisible THEN public_manual_status_expires_at ELSE manual_status_expires_at END AS ends,
    CASE WHEN invisible THEN public_do_not_disturb_until ELSE do_not_disturb_until END AS quiet,
    CASE WHEN invisible THEN coalesce(public_last_seen_to, last_seen_to) ELSE last_seen_to END AS shown_to,
    CASE WHEN invisible THEN coalesce(public_last_seen_precision, last_seen_precision) ELSE last_seen_precision END AS precision
  FROM user_status AS s CROSS JOIN clock LEFT JOIN lives ON lives.user_id = s.user_id
),
shown AS (SELECT *, CASE WHEN rank = 0 AND shown_to = 'everyone' AND seen <> '' THEN seen END AS last FROM told)
SELECT user_id,
  CASE rank WHEN 0 THEN 'offline' WHEN 1 THEN 'away' WHEN 2 THEN 'idle' ELSE 'online' END AS auto_status,
  CASE WHEN ends IS NULL OR ends > moment THEN text END AS manual_status,
  coalesce(quiet > moment, 0) AS do_not_disturb,
  CASE precision WHEN 'exact' THEN last WHEN 'hour' THEN substr(last, 1, 13) || ':00:00.000000' ELSE substr(last, 1, 10) || ' 00:00:00.000000' END AS last_seen,
  CASE WHEN last IS NOT NULL THEN precision END AS last_seen_precision
FROM shown;

CREATE VIEW public_groups AS SELECT id, name, created_at, is_primary FROM groups WHERE deleted_at IS NULL;
CREATE VIEW public_group_members AS
SELECT m.user_id, m.group_id, m.role, m.joined_at FROM group_members AS m JOIN groups AS g ON g.id = m.group_id WHERE g.deleted_at IS NULL;
