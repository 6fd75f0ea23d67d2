ALTER TABLE user_status ADD COLUMN do_not_disturb_until TIMESTAMP WITH TIME ZONE;
ALTER TABLE user_status ADD COLUMN public_do_not_disturb_until TIMESTAMP WITH TIME ZONE;
ALTER TABLE user_status ADD COLUMN decays_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE user_status ADD COLUMN last_seen_to TEXT NOT NULL DEFAULT 'everyone' CONSTRAINT ck_user_status_last_seen_to CHECK (last_seen_to IN ('nobody', 'groups', 'everyone'));
ALTER TABLE user_status ADD COLUMN public_last_seen_to TEXT CONSTRAINT ck_user_status_public_last_seen_to CHECK (public_last_seen_to IN ('nobody', 'groups', 'everyone'));
ALTER TABLE user_status ADD COLUMN last_seen_precision TEXT NOT NULL DEFAULT 'exact' CONSTRAINT ck_user_status_last_seen_precision CHECK (last_seen_precision IN ('exact', 'hour', 'day'));
ALTER TABLE user_status ADD COLUMN public_last_seen_precision TEXT CONSTRAINT ck_user_status_public_last_seen_precision CHECK (public_last_seen_precision IN ('exact', 'hour', 'day'));
-- Of rows that were there the next look decides.
UPDATE user_status SET tidied_at = clock_timestamp(), decays_at = clock_timestamp()
  WHERE auto_status <> 'offline' OR devices NOT IN ('{}', '[]');
CREATE INDEX ix_user_status_decays_at ON user_status (decays_at) WHERE decays_at IS NOT NULL;
CREATE INDEX ix_user_status_undated ON user_status (user_id) WHERE decays_at IS NULL AND auto_status <> 'offline';
ALTER TABLE devices ADD COLUMN address VARCHAR(64);
ALTER TABLE server ADD COLUMN invisible_allowed BOOLEAN NOT NULL DEFAULT true;
