-- RFC 9562: 48 bits of milliseconds, then 74 random bits.
CREATE FUNCTION uuid_generate_v7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6),
      52, 1), 53, 1), 'hex')::uuid
$$;

CREATE TABLE users (
  id UUID CONSTRAINT pk_users PRIMARY KEY DEFAULT uuid_generate_v7(),
  name VARCHAR(255) NOT NULL,
  username VARCHAR(255) NOT NULL CONSTRAINT uq_users_username UNIQUE,
  email VARCHAR(255) NOT NULL CONSTRAINT uq_users_email UNIQUE,
  password VARCHAR(255) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  deactivated_at TIMESTAMP WITH TIME ZONE
);

CREATE TABLE user_status (
  user_id UUID CONSTRAINT pk_user_status PRIMARY KEY CONSTRAINT fk_user_status_user_id REFERENCES users (id),
  manual_status TEXT,
  auto_status TEXT NOT NULL DEFAULT 'offline'
    CONSTRAINT ck_user_status_auto_status CHECK (auto_status IN ('online', 'idle', 'away', 'offline')),
  invisible BOOLEAN NOT NULL DEFAULT false,
  last_seen TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  devices JSONB NOT NULL DEFAULT '{}' CONSTRAINT ck_user_status_devices CHECK (jsonb_typeof(devices) IN ('object', 'array')),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  manual_status_expires_at TIMESTAMP WITH TIME ZONE,
  public_manual_status TEXT,
  public_manual_status_expires_at TIMESTAMP WITH TIME ZONE,
  public_last_seen TIMESTAMP WITH TIME ZONE,
  tidied_at TIMESTAMP WITH TIME ZONE
);

CREATE TABLE groups (
  id UUID CONSTRAINT pk_groups PRIMARY KEY DEFAULT uuid_generate_v7(),
  name VARCHAR(255) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  is_primary BOOLEAN NOT NULL DEFAULT false,
  deleted_at TIMESTAMP WITH TIME ZONE
);
CREATE UNIQUE INDEX uq_groups_primary ON groups (is_primary) WHERE is_primary;

CREATE TABLE conversations (
  key VARCHAR(80) CONSTRAINT pk_conversations PRIMARY KEY,
  last_number BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE messages (
  id UUID CONSTRAINT pk_messages PRIMARY KEY DEFAULT uuid_generate_v7(),
  content TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  sender_id UUID NOT NULL CONSTRAINT fk_messages_sender_id REFERENCES users (id),
  receiver_id UUID CONSTRAINT fk_messages_receiver_id REFERENCES users (id),
  group_id UUID CONSTRAINT fk_messages_group_id REFERENCES groups (id),
  conversation VARCHAR(80), -- both assigned by trigger
  number BIGINT,
  client_id UUID,
  body_hash VARCHAR(64),
  edited_at TIMESTAMP WITH TIME ZONE,
  deleted_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT ck_messages_one_target CHECK ((receiver_id IS NULL) <> (group_id IS NULL)),
  CONSTRAINT uq_messages_conversation_number UNIQUE (conversation, number),
  CONSTRAINT uq_messages_sender_id_client_id UNIQUE (sender_id, client_id)
);

CREATE TABLE directs (
  user_id UUID NOT NULL CONSTRAINT fk_directs_user_id REFERENCES users (id),
  partner_id UUID NOT NULL CONSTRAINT fk_directs_partner_id REFERENCES users (id),
  conversation VARCHAR(80) NOT NULL,
  read_mark BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT pk_directs PRIMARY KEY (user_id, partner_id)
);
CREATE INDEX ix_directs_partner_id ON directs (partner_id);

CREATE TABLE group_members (
  id UUID CONSTRAINT pk_group_members PRIMARY KEY DEFAULT uuid_generate_v7(),
  user_id UUID NOT NULL CONSTRAINT fk_group_members_user_id REFERENCES users (id) ON DELETE CASCADE,
  group_id UUID NOT NULL CONSTRAINT fk_group_members_group_id REFERENCES groups (id) ON DELETE CASCADE,
  joined_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  role TEXT NOT NULL DEFAULT 'member' CONSTRAINT ck_group_members_role CHECK (role IN ('owner', 'member')),
  read_mark BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT uq_group_members_user_id_group_id UNIQUE (user_id, group_id)
);
CREATE INDEX ix_group_members_group_id_user_id ON group_members (group_id, user_id);

CREATE TABLE group_invites (
  id UUID CONSTRAINT pk_group_invites PRIMARY KEY DEFAULT gen_random_uuid(),
  group_id UUID NOT NULL CONSTRAINT fk_group_invites_group_id REFERENCES groups (id) ON DELETE CASCADE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  created_by UUID CONSTRAINT fk_group_invites_created_by REFERENCES users (id)
);
CREATE INDEX ix_group_invites_group_id ON group_invites (group_id);
CREATE INDEX ix_group_invites_expires_at ON group_invites (expires_at);

CREATE TABLE devices (
  id UUID CONSTRAINT pk_devices PRIMARY KEY DEFAULT uuid_generate_v7(),
  user_id UUID NOT NULL CONSTRAINT fk_devices_user_id REFERENCES users (id),
  kind TEXT NOT NULL CONSTRAINT ck_devices_kind CHECK (kind IN ('browser', 'token')),
  name VARCHAR(255) NOT NULL,
  token_hash VARCHAR(64) NOT NULL CONSTRAINT uq_devices_token_hash UNIQUE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  last_used_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE
);
CREATE INDEX ix_devices_user_id ON devices (user_id);

CREATE TABLE events (
  position BIGINT GENERATED BY DEFAULT AS IDENTITY (CACHE 1) CONSTRAINT pk_events PRIMARY KEY,
  kind VARCHAR(40) NOT NULL,
  group_id UUID,
  user_id UUID,
  other_user_id UUID,
  message_id UUID,
  body TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ix_events_group_id_position ON events (group_id, position);
CREATE INDEX ix_events_user_id_position ON events (user_id, position);
CREATE INDEX ix_events_other_user_id_position ON events (other_user_id, position);
CREATE INDEX ix_events_message_id ON events (message_id);
CREATE INDEX ix_events_created_at ON events (created_at);

CREATE TABLE server (
  id INTEGER CONSTRAINT pk_server PRIMARY KEY CONSTRAINT ck_server_one_row CHECK (id = 1),
  epoch BIGINT NOT NULL,
  pruned_position BIGINT NOT NULL DEFAULT 0,
  set_up_at TIMESTAMP WITH TIME ZONE
);

CREATE TABLE throttles (
  key VARCHAR(64) CONSTRAINT pk_throttles PRIMARY KEY,
  failures INTEGER NOT NULL DEFAULT 0,
  last_failed_at TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE TABLE password_resets (
  id UUID CONSTRAINT pk_password_resets PRIMARY KEY DEFAULT uuid_generate_v7(),
  user_id UUID NOT NULL CONSTRAINT fk_password_resets_user_id REFERENCES users (id),
  token_hash VARCHAR(64) NOT NULL CONSTRAINT uq_password_resets_token_hash UNIQUE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX ix_password_resets_user_id ON password_resets (user_id);

CREATE TABLE job_runs (
  name VARCHAR(40) CONSTRAINT pk_job_runs PRIMARY KEY,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  outcome TEXT NOT NULL DEFAULT '',
  failures INTEGER NOT NULL DEFAULT 0
);
