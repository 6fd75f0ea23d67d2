-- PostgreSQL: a role for reports that reads what everybody may see, and nothing else.
--   psql "$DATABASE_URL" -f docs/reporting.sql
-- Then give it to whoever makes reports:  CREATE ROLE wanda LOGIN PASSWORD '…' IN ROLE chatapp_reports;
-- A restore grants what the backup had; on another server make the role first, or run this afterwards.

SELECT 'CREATE ROLE chatapp_reports NOLOGIN' WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'chatapp_reports') \gexec
GRANT USAGE ON SCHEMA public TO chatapp_reports;
GRANT SELECT ON public_users, public_user_status, public_groups, public_group_members TO chatapp_reports;
