"""A small server in memory, whose workers may lag: it promises what the product promises, and nothing more."""

MOST_EVENTS = 9
CHANGES = ("message.edited", "message.deleted")


class Server:
    """What is stored: a log, rows, members. Copying it is a backup."""

    def __init__(self, groups):
        self.log = []  # [kind, conversation, number, id, hash, subject]; positions are places in it, from 1
        self.rows = {}  # conversation: [[number, id, client_id, sender, hash], ...]
        self.stays = {group: {user: [[0, None]] for user in users} for group, users in groups.items()}  # [from, until] positions

    def is_in(self, conversation, user, position):
        """Tell whether somebody is in a conversation at a position of the log."""
        if conversation.startswith("direct:"):
            return user in conversation.split(":")[1:]
        stays = self.stays[conversation].get(user, ())
        return any(begin <= position and (end is None or position < end) for begin, end in stays)

    def now_in(self, conversation, user):
        """Tell whether somebody is in a conversation now."""
        return self.is_in(conversation, user, len(self.log))

    def members(self, group):
        """Return who is in a group now."""
        return [user for user in self.stays[group] if self.now_in(group, user)]

    def tell(self, kind, conversation=None, number=None, identity=None, text=None, subject=None):
        """Write an event. Returns its position."""
        self.log.append([kind, conversation, number, identity, text, subject])
        return len(self.log)

    def send(self, conversation, client_id, sender, text, identity):
        """Store a message once. Returns its row, or None when it is refused."""
        if not self.now_in(conversation, sender):
            return None
        rows = self.rows.setdefault(conversation, [])
        for row in rows:
            if row[2:4] == [client_id, sender]:
                return row
        rows.append([len(rows) + 1, identity, client_id, sender, text])
        self.tell("message.sent", conversation, len(rows), identity, text, sender)
        return rows[-1]

    def change(self, conversation, identity, sender, text):
        """Edit, or delete with ``text`` None. Returns the row, or None when it is refused."""
        row = next((row for row in self.rows.get(conversation, ()) if row[1] == identity), None)
        if row is None or not self.now_in(conversation, sender) or (row[4] is None and text is not None):
            return None
        if row[4] != text:
            row[4] = text
            self.tell(CHANGES[text is None], conversation, row[0], identity, text, sender)
        return row

    def move(self, group, user, comes):
        """Come into a group or leave it. Returns None when it is refused."""
        if comes and not self.now_in(group, user):
            self.stays[group].setdefault(user, []).append([self.tell("member.added", group, subject=user), None])
            self.tell("group.joined", group, subject=user)
        elif not comes:
            if not self.now_in(group, user):
                return None
            self.stays[group][user][-1][1] = self.tell("member.removed", group, subject=user)
        return ()

    def answer(self, user, since, read, rights, blanked):
        """Return (events, position, whether there are more) of a worker that has read so far, with rights and blanked texts
        of some position from there on."""
        found = []
        for position in range(since + 1, read + 1):
            kind, conversation, number, identity, text, subject = self.log[position - 1]
            if not self._hears(user, position, rights):
                continue
            if len(found) == MOST_EVENTS:
                return [event for _, event in found], found[-1][0], True
            later = any(self.log[at][0] in CHANGES and self.log[at][3] == identity for at in range(position, blanked)) if identity else False
            found.append((position, [kind, conversation, number, identity, None if later else text, subject]))
        return [event for _, event in found], found[-1][0] if found else since, False

    def _hears(self, user, position, rights):
        kind, conversation, _, _, _, subject = self.log[position - 1]
        if conversation is None or (kind == "member.removed" and subject == user):
            return True
        if kind == "group.joined":
            return subject == user
        return self.is_in(conversation, user, position) and self.is_in(conversation, user, rights)
