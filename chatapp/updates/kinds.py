"""Every kind of event, and what its data holds. The contract with store.js."""

KINDS = {
    "message.sent": ("message",),
    "message.edited": ("message",),
    "message.deleted": ("message",),
    "direct.opened": ("users",),
    "member.added": ("member", "user"),
    "member.changed": ("member",),
    "member.removed": ("group_id", "user_id"),
    "group.joined": ("group", "users"),
    "group.changed": ("group",),
    "group.deleted": ("group_id",),
    "user.changed": ("user",),
    "me.changed": ("me",),
    "presence.changed": ("presence",),
    "read_mark.moved": ("group_id", "user_id", "number"),
    "server.changed": ("server",),
    "session.ended": ("device_id",),
    "session.renewed": ("device_id",),
    "invite.created": ("invite",),
    "invite.revoked": ("invite_id", "group_id"),
}
