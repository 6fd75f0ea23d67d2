-- What everybody may see, for readers of SQL: chatapp/rules/presence.py and chatapp/rules/last_seen.py in SQL, applied as to
-- somebody who shares no group. Whoever reads only these views learns nothing that the chat does not show everybody.

CREATE FUNCTION number_in(entry jsonb, name text) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(entry -> name) = 'number'
    THEN CASE WHEN (entry ->> name)::numeric BETWEEN 0 AND 1e11 THEN (entry ->> name)::double precision END END
$$;

-- The status of each page at a second since 1970, best first.
CREATE FUNCTION page_statuses(devices jsonb, at double precision) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
  SELECT status FROM (
    SELECT CASE
        WHEN at >= least(beat + 2 * promised + 15, CASE WHEN beat < "left" + 1 THEN "left" + CASE WHEN input IS NULL THEN 0 ELSE 10 END END) THEN 'offline'
        WHEN input IS NULL OR at - input >= 900 THEN 'away'
        WHEN at - input >= 300 THEN 'idle'
        ELSE 'online' END AS status
    FROM jsonb_each(CASE jsonb_typeof(devices) WHEN 'object' THEN devices ELSE '{}' END) AS page,
      LATERAL (SELECT number_in(page.value, 'beat') AS beat, number_in(page.value, 'input') AS input, number_in(page.value, 'left') AS "left",
        least(coalesce(nullif(number_in(page.value, 'promised'), 0), 25), 120) AS promised) AS entry
    WHERE beat IS NOT NULL) AS pages
  ORDER BY presence_rank(status) DESC
$$;

CREATE FUNCTION last_contact(devices jsonb, at double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT max(least(number_in(page.value, 'beat'), at))
  FROM jsonb_each(CASE jsonb_typeof(devices) WHEN 'object' THEN devices ELSE '{}' END) AS page
  WHERE number_in(page.value, 'beat') IS NOT NULL  -- least() passes over what is not known
$$;

CREATE VIEW public_users AS SELECT id, name, username, deactivated_at IS NOT NULL AS deactivated FROM users;

CREATE VIEW public_user_status AS
SELECT user_id, auto_status, manual_status, do_not_disturb, last_seen, CASE WHEN last_seen IS NOT NULL THEN precision END AS last_seen_precision
FROM (
  SELECT s.user_id, told.precision, shown.auto_status,
    CASE WHEN told.ends IS NULL OR told.ends > statement_timestamp() THEN told.text END AS manual_status,
    coalesce(told.quiet > statement_timestamp(), false) AS do_not_disturb,
    CASE WHEN shown.auto_status = 'offline' AND told.shown_to = 'everyone' THEN
      CASE told.precision
        WHEN 'exact' THEN seen
        WHEN 'hour' THEN date_trunc('hour', seen, 'UTC')
        ELSE date_trunc('day', seen, 'UTC') END END AS last_seen
  FROM user_status AS s
  CROSS JOIN LATERAL (SELECT extract(epoch FROM statement_timestamp())::double precision AS at) AS clock
  CROSS JOIN LATERAL (SELECT
    CASE WHEN invisible THEN public_manual_status ELSE s.manual_status END AS text,
    CASE WHEN invisible THEN public_manual_status_expires_at ELSE manual_status_expires_at END AS ends,
    CASE WHEN invisible THEN public_do_not_disturb_until ELSE do_not_disturb_until END AS quiet,
    CASE WHEN invisible THEN coalesce(public_last_seen_to, last_seen_to) ELSE last_seen_to END AS shown_to,
    CASE WHEN invisible THEN coalesce(public_last_seen_precision, s.last_seen_precision) ELSE s.last_seen_precision END AS precision) AS told
  CROSS JOIN LATERAL (SELECT
    CASE WHEN invisible THEN 'offline' ELSE coalesce((SELECT page_statuses(devices, clock.at) LIMIT 1), 'offline') END AS auto_status,
    greatest(public_last_seen, CASE WHEN NOT invisible THEN to_timestamp(last_contact(devices, clock.at)) END) AS seen) AS shown
) AS everybody;

CREATE VIEW public_groups AS SELECT id, name, created_at, is_primary FROM groups WHERE deleted_at IS NULL;
CREATE VIEW public_group_members AS
SELECT m.user_id, m.group_id, m.role, m.joined_at FROM group_members AS m JOIN groups AS g ON g.id = m.group_id WHERE g.deleted_at IS NULL;
