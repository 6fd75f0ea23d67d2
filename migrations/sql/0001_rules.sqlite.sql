-- A message belongs to a conversation and gets its next number. There is one writer, so numbers follow the order of commits.
CREATE TRIGGER number_message AFTER INSERT ON messages
BEGIN
  SELECT RAISE(ABORT, 'the group is deleted')
    WHERE EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id AND deleted_at IS NOT NULL);
  INSERT INTO conversations (key, last_number)
    VALUES (coalesce('group:' || NEW.group_id, 'direct:' || min(NEW.sender_id, NEW.receiver_id) || ':' || max(NEW.sender_id, NEW.receiver_id)), 1)
    ON CONFLICT (key) DO UPDATE SET last_number = last_number + 1;
  UPDATE messages
    SET conversation = coalesce('group:' || NEW.group_id, 'direct:' || min(NEW.sender_id, NEW.receiver_id) || ':' || max(NEW.sender_id, NEW.receiver_id)),
      number = (SELECT last_number FROM conversations
        WHERE key = coalesce('group:' || NEW.group_id, 'direct:' || min(NEW.sender_id, NEW.receiver_id) || ':' || max(NEW.sender_id, NEW.receiver_id)))
    WHERE id = NEW.id;
END;

-- Whatever an INSERT says of conversation and number is taken away first: the trigger above may then set them once.
CREATE TRIGGER number_comes_from_here BEFORE INSERT ON messages WHEN NEW.number IS NOT NULL OR NEW.conversation IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'conversation and number are assigned here');
END;

CREATE TRIGGER open_direct AFTER INSERT ON messages WHEN NEW.receiver_id IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO directs (user_id, partner_id, conversation)
    VALUES (NEW.sender_id, NEW.receiver_id, 'direct:' || min(NEW.sender_id, NEW.receiver_id) || ':' || max(NEW.sender_id, NEW.receiver_id)),
      (NEW.receiver_id, NEW.sender_id, 'direct:' || min(NEW.sender_id, NEW.receiver_id) || ':' || max(NEW.sender_id, NEW.receiver_id));
END;

CREATE TRIGGER keep_message_in_place BEFORE UPDATE ON messages
  WHEN NEW.sender_id IS NOT OLD.sender_id OR NEW.receiver_id IS NOT OLD.receiver_id OR NEW.group_id IS NOT OLD.group_id
    OR (OLD.number IS NOT NULL AND (NEW.number IS NOT OLD.number OR NEW.conversation IS NOT OLD.conversation))
BEGIN
  SELECT RAISE(ABORT, 'a message keeps its sender, its conversation and its number');
END;

-- Newcomers see the whole history and have it read.
CREATE TRIGGER start_read AFTER INSERT ON group_members
BEGIN
  UPDATE group_members SET read_mark = coalesce((SELECT last_number FROM conversations WHERE key = 'group:' || NEW.group_id), 0) WHERE id = NEW.id;
END;

-- Everybody has a status and is in the primary group.
CREATE TRIGGER welcome_user AFTER INSERT ON users
BEGIN
  INSERT OR IGNORE INTO user_status (user_id) VALUES (NEW.id);
  INSERT OR IGNORE INTO group_members (user_id, group_id) SELECT NEW.id, id FROM groups WHERE is_primary = 1;
END;

CREATE TRIGGER keep_primary_group_row BEFORE DELETE ON groups WHEN OLD.is_primary = 1
BEGIN
  SELECT RAISE(ABORT, 'the primary group stays');
END;
CREATE TRIGGER keep_primary_group BEFORE UPDATE ON groups WHEN OLD.is_primary = 1 AND (NEW.is_primary <> 1 OR NEW.deleted_at IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'the primary group stays');
END;
-- OR REPLACE would delete what is in the way, and run no trigger for that.
CREATE TRIGGER keep_only_primary_group BEFORE INSERT ON groups
  WHEN EXISTS (SELECT 1 FROM groups WHERE is_primary = 1 AND (NEW.is_primary = 1 OR NEW.id = id))
BEGIN
  SELECT RAISE(ABORT, 'the primary group stays');
END;
CREATE TRIGGER keep_others_from_primary BEFORE UPDATE ON groups
  WHEN NEW.id IS NOT OLD.id OR (NEW.is_primary = 1 AND EXISTS (SELECT 1 FROM groups WHERE is_primary = 1 AND id <> NEW.id))
BEGIN
  SELECT RAISE(ABORT, 'a group keeps its id, and the primary group stays');
END;
CREATE TRIGGER keep_primary_members BEFORE DELETE ON group_members
  WHEN EXISTS (SELECT 1 FROM groups WHERE id = OLD.group_id AND is_primary = 1) AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
BEGIN
  SELECT RAISE(ABORT, 'everybody stays in the primary group');
END;
CREATE TRIGGER keep_member_in_place BEFORE UPDATE ON group_members WHEN NEW.user_id IS NOT OLD.user_id OR NEW.group_id IS NOT OLD.group_id
BEGIN
  SELECT RAISE(ABORT, 'a membership keeps its person and its group');
END;

-- Every update of a status is a sign of life, but for one that lowers auto_status and for upkeep, which moves tidied_at.
-- SQLite cannot change NEW: the row is stamped by a second update. Its "now" is one for the whole statement, so that also
-- where triggers are recursive the second update finds its row stamped.
CREATE TRIGGER update_user_status_timestamp AFTER UPDATE ON user_status
  WHEN NEW.tidied_at IS OLD.tidied_at
    AND (NEW.updated_at, NEW.last_seen) IS NOT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '000', strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')
    AND instr('offline away    idle    online', NEW.auto_status) >= instr('offline away    idle    online', OLD.auto_status)
BEGIN
  UPDATE user_status
    SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000', last_seen = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'
    WHERE user_id = NEW.user_id;
END;

INSERT INTO groups (name, is_primary) VALUES ('Everyone', 1);
INSERT INTO server (id, epoch) VALUES (1, random() & 9223372036854775807);
