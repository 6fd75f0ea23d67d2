ALTER TABLE user_status ADD COLUMN do_not_disturb_until TIMESTAMP CONSTRAINT ck_user_status_do_not_disturb_until_form CHECK (do_not_disturb_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(do_not_disturb_until, 1, 19), '+0 days') IS substr(do_not_disturb_until, 1, 19) AND do_not_disturb_until NOT GLOB '0000*');
ALTER TABLE user_status ADD COLUMN public_do_not_disturb_until TIMESTAMP CONSTRAINT ck_user_status_public_do_not_disturb_until_form CHECK (public_do_not_disturb_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(public_do_not_disturb_until, 1, 19), '+0 days') IS substr(public_do_not_disturb_until, 1, 19) AND public_do_not_disturb_until NOT GLOB '0000*');
ALTER TABLE user_status ADD COLUMN decays_at TIMESTAMP CONSTRAINT ck_user_status_decays_at_form CHECK (decays_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(decays_at, 1, 19), '+0 days') IS substr(decays_at, 1, 19) AND decays_at NOT GLOB '0000*');
ALTER TABLE user_status ADD COLUMN last_seen_to TEXT NOT NULL DEFAULT 'everyone' CONSTRAINT ck_user_status_last_seen_to CHECK (last_seen_to IN ('nobody', 'groups', 'everyone'));
ALTER TABLE user_status ADD COLUMN public_last_seen_to TEXT CONSTRAINT ck_user_status_public_last_seen_to CHECK (public_last_seen_to IN ('nobody', 'groups', 'everyone'));
ALTER TABLE user_status ADD COLUMN last_seen_precision TEXT NOT NULL DEFAULT 'exact' CONSTRAINT ck_user_status_last_seen_precision CHECK (last_seen_precision IN ('exact', 'hour', 'day'));
ALTER TABLE user_status ADD COLUMN public_last_seen_precision TEXT CONSTRAINT ck_user_status_public_last_seen_precision CHECK (public_last_seen_precision IN ('exact', 'hour', 'day'));
-- Of rows that were there the next look decides.
UPDATE user_status SET tidied_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000', decays_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'
  WHERE auto_status <> 'offline' OR devices NOT IN ('{}', '[]');
CREATE INDEX ix_user_status_decays_at ON user_status (decays_at) WHERE decays_at IS NOT NULL;
CREATE INDEX ix_user_status_undated ON user_status (user_id) WHERE decays_at IS NULL AND auto_status <> 'offline';
ALTER TABLE devices ADD COLUMN address VARCHAR(64) CONSTRAINT ck_devices_address_form CHECK (length(address) <= 64);
ALTER TABLE server ADD COLUMN invisible_allowed BOOLEAN NOT NULL DEFAULT 1 CONSTRAINT ck_server_invisible_allowed_form CHECK (invisible_allowed IN (0, 1));
