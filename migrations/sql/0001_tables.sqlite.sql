-- The same tables as on PostgreSQL. Ids are 36 lower-case characters (UUIDv7 by default, invites v4), times are UTC text;
-- true and false are 1 and 0; all are checked, since SQLite itself takes anything (a time must be one that exists). A message's number is null only inside its own INSERT.

CREATE TABLE users (
  id CHAR(36) NOT NULL CONSTRAINT pk_users PRIMARY KEY DEFAULT (printf('%08x-%04x-7', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) >> 16, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) & 65535) || lower(substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  name VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL,
  email VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  updated_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  deactivated_at TIMESTAMP,
  CONSTRAINT ck_users_id_form CHECK (length(id) = 36 AND id = lower(id) AND id GLOB '????????-????-????-????-????????????' AND replace(id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT uq_users_username UNIQUE (username),
  CONSTRAINT uq_users_email UNIQUE (email),
  CONSTRAINT ck_users_created_at_form CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND created_at NOT GLOB '0000*'),
  CONSTRAINT ck_users_updated_at_form CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(updated_at, 1, 19), '+0 days') IS substr(updated_at, 1, 19) AND updated_at NOT GLOB '0000*'),
  CONSTRAINT ck_users_deactivated_at_form CHECK (deactivated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(deactivated_at, 1, 19), '+0 days') IS substr(deactivated_at, 1, 19) AND deactivated_at NOT GLOB '0000*')
);

CREATE TABLE user_status (
  user_id CHAR(36) NOT NULL CONSTRAINT pk_user_status PRIMARY KEY,
  manual_status TEXT,
  auto_status TEXT NOT NULL DEFAULT 'offline'
    CONSTRAINT ck_user_status_auto_status CHECK (auto_status IN ('online', 'idle', 'away', 'offline')),
  invisible BOOLEAN NOT NULL DEFAULT 0 CONSTRAINT ck_user_status_invisible_form CHECK (invisible IN (0, 1)),
  last_seen TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  devices JSON NOT NULL DEFAULT '{}' CONSTRAINT ck_user_status_devices CHECK (json_valid(devices) AND json_type(devices) IN ('object', 'array')),
  updated_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  manual_status_expires_at TIMESTAMP,
  public_manual_status TEXT,
  public_manual_status_expires_at TIMESTAMP,
  public_last_seen TIMESTAMP,
  tidied_at TIMESTAMP,
  CONSTRAINT ck_user_status_user_id_form CHECK (length(user_id) = 36 AND user_id = lower(user_id) AND user_id GLOB '????????-????-????-????-????????????' AND replace(user_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_user_status_user_id FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT ck_user_status_last_seen_form CHECK (last_seen GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(last_seen, 1, 19), '+0 days') IS substr(last_seen, 1, 19) AND last_seen NOT GLOB '0000*'),
  CONSTRAINT ck_user_status_updated_at_form CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(updated_at, 1, 19), '+0 days') IS substr(updated_at, 1, 19) AND updated_at NOT GLOB '0000*'),
  CONSTRAINT ck_user_status_manual_status_expires_at_form CHECK (manual_status_expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(manual_status_expires_at, 1, 19), '+0 days') IS substr(manual_status_expires_at, 1, 19) AND manual_status_expires_at NOT GLOB '0000*'),
  CONSTRAINT ck_user_status_public_manual_status_expires_at_form CHECK (public_manual_status_expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(public_manual_status_expires_at, 1, 19), '+0 days') IS substr(public_manual_status_expires_at, 1, 19) AND public_manual_status_expires_at NOT GLOB '0000*'),
  CONSTRAINT ck_user_status_public_last_seen_form CHECK (public_last_seen GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(public_last_seen, 1, 19), '+0 days') IS substr(public_last_seen, 1, 19) AND public_last_seen NOT GLOB '0000*'),
  CONSTRAINT ck_user_status_tidied_at_form CHECK (tidied_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(tidied_at, 1, 19), '+0 days') IS substr(tidied_at, 1, 19) AND tidied_at NOT GLOB '0000*')
);

CREATE TABLE groups (
  id CHAR(36) NOT NULL CONSTRAINT pk_groups PRIMARY KEY DEFAULT (printf('%08x-%04x-7', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) >> 16, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) & 65535) || lower(substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  name VARCHAR(255) NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  is_primary BOOLEAN NOT NULL DEFAULT 0 CONSTRAINT ck_groups_is_primary_form CHECK (is_primary IN (0, 1)),
  deleted_at TIMESTAMP,
  CONSTRAINT ck_groups_id_form CHECK (length(id) = 36 AND id = lower(id) AND id GLOB '????????-????-????-????-????????????' AND replace(id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_groups_created_at_form CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND created_at NOT GLOB '0000*'),
  CONSTRAINT ck_groups_deleted_at_form CHECK (deleted_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(deleted_at, 1, 19), '+0 days') IS substr(deleted_at, 1, 19) AND deleted_at NOT GLOB '0000*')
);
CREATE UNIQUE INDEX uq_groups_primary ON groups (is_primary) WHERE is_primary = 1;

CREATE TABLE conversations (
  key VARCHAR(80) NOT NULL CONSTRAINT pk_conversations PRIMARY KEY,
  last_number INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE messages (
  id CHAR(36) NOT NULL CONSTRAINT pk_messages PRIMARY KEY DEFAULT (printf('%08x-%04x-7', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) >> 16, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) & 65535) || lower(substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  content TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  sender_id CHAR(36) NOT NULL,
  receiver_id CHAR(36),
  group_id CHAR(36),
  conversation VARCHAR(80),
  number INTEGER,
  client_id CHAR(36),
  body_hash VARCHAR(64),
  edited_at TIMESTAMP,
  deleted_at TIMESTAMP,
  CONSTRAINT ck_messages_one_target CHECK ((receiver_id IS NULL) <> (group_id IS NULL)),
  CONSTRAINT uq_messages_conversation_number UNIQUE (conversation, number),
  CONSTRAINT uq_messages_sender_id_client_id UNIQUE (sender_id, client_id),
  CONSTRAINT ck_messages_id_form CHECK (length(id) = 36 AND id = lower(id) AND id GLOB '????????-????-????-????-????????????' AND replace(id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_messages_created_at_form CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND created_at NOT GLOB '0000*'),
  CONSTRAINT ck_messages_sender_id_form CHECK (length(sender_id) = 36 AND sender_id = lower(sender_id) AND sender_id GLOB '????????-????-????-????-????????????' AND replace(sender_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_messages_sender_id FOREIGN KEY (sender_id) REFERENCES users (id),
  CONSTRAINT ck_messages_receiver_id_form CHECK (length(receiver_id) = 36 AND receiver_id = lower(receiver_id) AND receiver_id GLOB '????????-????-????-????-????????????' AND replace(receiver_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_messages_receiver_id FOREIGN KEY (receiver_id) REFERENCES users (id),
  CONSTRAINT ck_messages_group_id_form CHECK (length(group_id) = 36 AND group_id = lower(group_id) AND group_id GLOB '????????-????-????-????-????????????' AND replace(group_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_messages_group_id FOREIGN KEY (group_id) REFERENCES groups (id),
  CONSTRAINT ck_messages_client_id_form CHECK (length(client_id) = 36 AND client_id = lower(client_id) AND client_id GLOB '????????-????-????-????-????????????' AND replace(client_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_messages_edited_at_form CHECK (edited_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(edited_at, 1, 19), '+0 days') IS substr(edited_at, 1, 19) AND edited_at NOT GLOB '0000*'),
  CONSTRAINT ck_messages_deleted_at_form CHECK (deleted_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(deleted_at, 1, 19), '+0 days') IS substr(deleted_at, 1, 19) AND deleted_at NOT GLOB '0000*')
);

CREATE TABLE directs (
  user_id CHAR(36) NOT NULL,
  partner_id CHAR(36) NOT NULL,
  conversation VARCHAR(80) NOT NULL,
  read_mark INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT pk_directs PRIMARY KEY (user_id, partner_id),
  CONSTRAINT ck_directs_user_id_form CHECK (length(user_id) = 36 AND user_id = lower(user_id) AND user_id GLOB '????????-????-????-????-????????????' AND replace(user_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_directs_user_id FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT ck_directs_partner_id_form CHECK (length(partner_id) = 36 AND partner_id = lower(partner_id) AND partner_id GLOB '????????-????-????-????-????????????' AND replace(partner_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_directs_partner_id FOREIGN KEY (partner_id) REFERENCES users (id)
);
CREATE INDEX ix_directs_partner_id ON directs (partner_id);

CREATE TABLE group_members (
  id CHAR(36) NOT NULL CONSTRAINT pk_group_members PRIMARY KEY DEFAULT (printf('%08x-%04x-7', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) >> 16, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) & 65535) || lower(substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  user_id CHAR(36) NOT NULL,
  group_id CHAR(36) NOT NULL,
  joined_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  role TEXT NOT NULL DEFAULT 'member' CONSTRAINT ck_group_members_role CHECK (role IN ('owner', 'member')),
  read_mark INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT uq_group_members_user_id_group_id UNIQUE (user_id, group_id),
  CONSTRAINT ck_group_members_id_form CHECK (length(id) = 36 AND id = lower(id) AND id GLOB '????????-????-????-????-????????????' AND replace(id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_group_members_user_id_form CHECK (length(user_id) = 36 AND user_id = lower(user_id) AND user_id GLOB '????????-????-????-????-????????????' AND replace(user_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_group_members_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT ck_group_members_group_id_form CHECK (length(group_id) = 36 AND group_id = lower(group_id) AND group_id GLOB '????????-????-????-????-????????????' AND replace(group_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_group_members_group_id FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE,
  CONSTRAINT ck_group_members_joined_at_form CHECK (joined_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(joined_at, 1, 19), '+0 days') IS substr(joined_at, 1, 19) AND joined_at NOT GLOB '0000*')
);
CREATE INDEX ix_group_members_group_id_user_id ON group_members (group_id, user_id);

CREATE TABLE group_invites (
  id CHAR(36) NOT NULL CONSTRAINT pk_group_invites PRIMARY KEY DEFAULT (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  group_id CHAR(36) NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  expires_at TIMESTAMP NOT NULL,
  created_by CHAR(36),
  CONSTRAINT ck_group_invites_id_form CHECK (length(id) = 36 AND id = lower(id) AND id GLOB '????????-????-????-????-????????????' AND replace(id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_group_invites_group_id_form CHECK (length(group_id) = 36 AND group_id = lower(group_id) AND group_id GLOB '????????-????-????-????-????????????' AND replace(group_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_group_invites_group_id FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE,
  CONSTRAINT ck_group_invites_created_at_form CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND created_at NOT GLOB '0000*'),
  CONSTRAINT ck_group_invites_expires_at_form CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(expires_at, 1, 19), '+0 days') IS substr(expires_at, 1, 19) AND expires_at NOT GLOB '0000*'),
  CONSTRAINT ck_group_invites_created_by_form CHECK (length(created_by) = 36 AND created_by = lower(created_by) AND created_by GLOB '????????-????-????-????-????????????' AND replace(created_by, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_group_invites_created_by FOREIGN KEY (created_by) REFERENCES users (id)
);
CREATE INDEX ix_group_invites_group_id ON group_invites (group_id);
CREATE INDEX ix_group_invites_expires_at ON group_invites (expires_at);

CREATE TABLE devices (
  id CHAR(36) NOT NULL CONSTRAINT pk_devices PRIMARY KEY DEFAULT (printf('%08x-%04x-7', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) >> 16, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) & 65535) || lower(substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  user_id CHAR(36) NOT NULL,
  kind TEXT NOT NULL CONSTRAINT ck_devices_kind CHECK (kind IN ('browser', 'token')),
  name VARCHAR(255) NOT NULL,
  token_hash VARCHAR(64) NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  last_used_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  expires_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  CONSTRAINT ck_devices_id_form CHECK (length(id) = 36 AND id = lower(id) AND id GLOB '????????-????-????-????-????????????' AND replace(id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_devices_user_id_form CHECK (length(user_id) = 36 AND user_id = lower(user_id) AND user_id GLOB '????????-????-????-????-????????????' AND replace(user_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_devices_user_id FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT uq_devices_token_hash UNIQUE (token_hash),
  CONSTRAINT ck_devices_created_at_form CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND created_at NOT GLOB '0000*'),
  CONSTRAINT ck_devices_last_used_at_form CHECK (last_used_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(last_used_at, 1, 19), '+0 days') IS substr(last_used_at, 1, 19) AND last_used_at NOT GLOB '0000*'),
  CONSTRAINT ck_devices_expires_at_form CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(expires_at, 1, 19), '+0 days') IS substr(expires_at, 1, 19) AND expires_at NOT GLOB '0000*'),
  CONSTRAINT ck_devices_ended_at_form CHECK (ended_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(ended_at, 1, 19), '+0 days') IS substr(ended_at, 1, 19) AND ended_at NOT GLOB '0000*')
);
CREATE INDEX ix_devices_user_id ON devices (user_id);

CREATE TABLE events (
  position INTEGER NOT NULL CONSTRAINT pk_events PRIMARY KEY AUTOINCREMENT,
  kind VARCHAR(40) NOT NULL,
  group_id CHAR(36),
  user_id CHAR(36),
  other_user_id CHAR(36),
  message_id CHAR(36),
  body TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  CONSTRAINT ck_events_group_id_form CHECK (length(group_id) = 36 AND group_id = lower(group_id) AND group_id GLOB '????????-????-????-????-????????????' AND replace(group_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_events_user_id_form CHECK (length(user_id) = 36 AND user_id = lower(user_id) AND user_id GLOB '????????-????-????-????-????????????' AND replace(user_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_events_other_user_id_form CHECK (length(other_user_id) = 36 AND other_user_id = lower(other_user_id) AND other_user_id GLOB '????????-????-????-????-????????????' AND replace(other_user_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_events_message_id_form CHECK (length(message_id) = 36 AND message_id = lower(message_id) AND message_id GLOB '????????-????-????-????-????????????' AND replace(message_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_events_created_at_form CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND created_at NOT GLOB '0000*')
);
CREATE INDEX ix_events_group_id_position ON events (group_id, position);
CREATE INDEX ix_events_user_id_position ON events (user_id, position);
CREATE INDEX ix_events_other_user_id_position ON events (other_user_id, position);
CREATE INDEX ix_events_message_id ON events (message_id);
CREATE INDEX ix_events_created_at ON events (created_at);

CREATE TABLE server (
  id INTEGER NOT NULL CONSTRAINT pk_server PRIMARY KEY CONSTRAINT ck_server_one_row CHECK (id = 1),
  epoch INTEGER NOT NULL,
  pruned_position INTEGER NOT NULL DEFAULT 0,
  set_up_at TIMESTAMP,
  CONSTRAINT ck_server_set_up_at_form CHECK (set_up_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(set_up_at, 1, 19), '+0 days') IS substr(set_up_at, 1, 19) AND set_up_at NOT GLOB '0000*')
);

CREATE TABLE throttles (
  key VARCHAR(64) NOT NULL CONSTRAINT pk_throttles PRIMARY KEY,
  failures INTEGER NOT NULL DEFAULT 0,
  last_failed_at TIMESTAMP NOT NULL,
  CONSTRAINT ck_throttles_last_failed_at_form CHECK (last_failed_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(last_failed_at, 1, 19), '+0 days') IS substr(last_failed_at, 1, 19) AND last_failed_at NOT GLOB '0000*')
);

CREATE TABLE password_resets (
  id CHAR(36) NOT NULL CONSTRAINT pk_password_resets PRIMARY KEY DEFAULT (printf('%08x-%04x-7', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) >> 16, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) & 65535) || lower(substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  user_id CHAR(36) NOT NULL,
  token_hash VARCHAR(64) NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'),
  expires_at TIMESTAMP NOT NULL,
  CONSTRAINT ck_password_resets_id_form CHECK (length(id) = 36 AND id = lower(id) AND id GLOB '????????-????-????-????-????????????' AND replace(id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT ck_password_resets_user_id_form CHECK (length(user_id) = 36 AND user_id = lower(user_id) AND user_id GLOB '????????-????-????-????-????????????' AND replace(user_id, '-', '') NOT GLOB '*[^0-9a-f]*'),
  CONSTRAINT fk_password_resets_user_id FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT uq_password_resets_token_hash UNIQUE (token_hash),
  CONSTRAINT ck_password_resets_created_at_form CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND created_at NOT GLOB '0000*'),
  CONSTRAINT ck_password_resets_expires_at_form CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(expires_at, 1, 19), '+0 days') IS substr(expires_at, 1, 19) AND expires_at NOT GLOB '0000*')
);
CREATE INDEX ix_password_resets_user_id ON password_resets (user_id);

CREATE TABLE job_runs (
  name VARCHAR(40) NOT NULL CONSTRAINT pk_job_runs PRIMARY KEY,
  started_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP,
  outcome TEXT NOT NULL DEFAULT '',
  failures INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT ck_job_runs_started_at_form CHECK (started_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(started_at, 1, 19), '+0 days') IS substr(started_at, 1, 19) AND started_at NOT GLOB '0000*'),
  CONSTRAINT ck_job_runs_finished_at_form CHECK (finished_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(substr(finished_at, 1, 19), '+0 days') IS substr(finished_at, 1, 19) AND finished_at NOT GLOB '0000*')
);
