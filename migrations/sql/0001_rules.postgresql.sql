-- A message belongs to a conversation and gets its next number; the counter's row lock lasts until the commit,
-- so numbers have no holes and follow the order of commits. The counter moves only after the row is there: one that
-- gives way to another (ON CONFLICT) takes no number. Until then the rows of the same statement count by themselves.
CREATE FUNCTION number_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  counted bigint;
BEGIN
  IF NEW.group_id IS NOT NULL THEN
    IF EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id AND deleted_at IS NOT NULL) THEN
      RAISE EXCEPTION 'the group is deleted' USING ERRCODE = 'check_violation';
    END IF;
    NEW.conversation := 'group:' || NEW.group_id;
  ELSE
    NEW.conversation := 'direct:' || least(NEW.sender_id::text, NEW.receiver_id::text) || ':' || greatest(NEW.sender_id::text, NEW.receiver_id::text);
  END IF;
  IF NEW.conversation IS NULL THEN
    RAISE EXCEPTION 'a message goes to a group or to a person' USING ERRCODE = 'check_violation';
  END IF;
  SELECT last_number INTO counted FROM conversations WHERE key = NEW.conversation FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO conversations (key) VALUES (NEW.conversation) ON CONFLICT DO NOTHING;
    SELECT last_number INTO counted FROM conversations WHERE key = NEW.conversation FOR UPDATE;
  END IF;
  NEW.number := 1 + greatest(counted, (SELECT max(number) FROM messages WHERE conversation = NEW.conversation));
  RETURN NEW;
END $$;
CREATE TRIGGER number_message BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION number_message();

CREATE FUNCTION count_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE conversations SET last_number = NEW.number WHERE key = NEW.conversation AND last_number < NEW.number;
  RETURN NULL;
END $$;
CREATE TRIGGER count_message AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION count_message();

CREATE FUNCTION open_direct() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO directs (user_id, partner_id, conversation)
    VALUES (NEW.sender_id, NEW.receiver_id, NEW.conversation) ON CONFLICT DO NOTHING;
  INSERT INTO directs (user_id, partner_id, conversation)
    VALUES (NEW.receiver_id, NEW.sender_id, NEW.conversation) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER open_direct AFTER INSERT ON messages FOR EACH ROW WHEN (NEW.receiver_id IS NOT NULL) EXECUTE FUNCTION open_direct();

CREATE FUNCTION keep_message_in_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a message keeps its sender, its conversation and its number' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_message_in_place BEFORE UPDATE ON messages FOR EACH ROW
  WHEN ((NEW.sender_id, NEW.receiver_id, NEW.group_id) IS DISTINCT FROM (OLD.sender_id, OLD.receiver_id, OLD.group_id)
    OR (NEW.conversation, NEW.number) IS DISTINCT FROM (OLD.conversation, OLD.number))
  EXECUTE FUNCTION keep_message_in_place();

-- Newcomers see the whole history and have it read.
CREATE FUNCTION start_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.read_mark := coalesce((SELECT last_number FROM conversations WHERE key = 'group:' || NEW.group_id), 0);
  RETURN NEW;
END $$;
CREATE TRIGGER start_read BEFORE INSERT ON group_members FOR EACH ROW EXECUTE FUNCTION start_read();

-- Everybody has a status and is in the primary group.
CREATE FUNCTION welcome_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO user_status (user_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO group_members (user_id, group_id) SELECT NEW.id, id FROM groups WHERE is_primary ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER welcome_user AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION welcome_user();

CREATE FUNCTION keep_primary_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the primary group stays' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_primary_group_row BEFORE DELETE ON groups FOR EACH ROW WHEN (OLD.is_primary) EXECUTE FUNCTION keep_primary_group();
CREATE TRIGGER keep_primary_group BEFORE UPDATE ON groups FOR EACH ROW
  WHEN (OLD.is_primary AND (NOT NEW.is_primary OR NEW.deleted_at IS NOT NULL)) EXECUTE FUNCTION keep_primary_group();

CREATE FUNCTION keep_primary_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM groups WHERE id = OLD.group_id AND is_primary) AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id) THEN
    RAISE EXCEPTION 'everybody stays in the primary group' USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER keep_primary_members BEFORE DELETE ON group_members FOR EACH ROW EXECUTE FUNCTION keep_primary_members();
CREATE FUNCTION keep_member_in_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a membership keeps its person and its group' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_member_in_place BEFORE UPDATE ON group_members FOR EACH ROW
  WHEN ((NEW.user_id, NEW.group_id) IS DISTINCT FROM (OLD.user_id, OLD.group_id)) EXECUTE FUNCTION keep_member_in_place();

-- Every update of a status is a sign of life, but for one that lowers auto_status and for upkeep, which moves tidied_at.
CREATE FUNCTION presence_rank(status text) RETURNS integer LANGUAGE sql IMMUTABLE AS
  $$ SELECT array_position(ARRAY['offline', 'away', 'idle', 'online'], status) $$;
CREATE FUNCTION update_user_status_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF presence_rank(NEW.auto_status) >= presence_rank(OLD.auto_status) AND NEW.tidied_at IS NOT DISTINCT FROM OLD.tidied_at THEN
    NEW.updated_at := clock_timestamp();
    NEW.last_seen := NEW.updated_at;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER update_user_status_timestamp BEFORE UPDATE ON user_status FOR EACH ROW EXECUTE FUNCTION update_user_status_timestamp();

CREATE FUNCTION cleanup_expired_invites() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  deleted integer;
BEGIN
  DELETE FROM group_invites WHERE expires_at <= clock_timestamp();
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END $$;

INSERT INTO groups (name, is_primary) VALUES ('Everyone', true);
INSERT INTO server (id, epoch) VALUES (1, ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 18, 15))::bit(60)::bigint);
