// Event kind → what it does to the state. The first table mirrors the kinds of the feed, the second holds what this
// page says to its own store.

import * as connection from "./state/connection.js"
import * as groups from "./state/groups.js"
import * as histories from "./state/histories.js"
import * as messages from "./state/messages.js"
import * as people from "./state/people.js"
import * as server from "./state/server.js"

const unchanged = (state) => state

export const FEED = {
  "message.sent": messages.sent,
  "message.edited": messages.edited,
  "message.deleted": messages.deleted,
  "direct.opened": messages.directOpened,
  "read_mark.moved": messages.readMarkMoved,
  "group.joined": groups.joined,
  "group.changed": groups.changed,
  "group.deleted": groups.deleted,
  "member.added": groups.memberAdded,
  "member.changed": groups.memberChanged,
  "member.removed": groups.memberRemoved,
  "user.changed": people.changed,
  "me.changed": people.meChanged,
  "presence.changed": people.presenceChanged,
  "server.changed": server.changed,
  // The state holds neither invites nor devices; open panels listen to these themselves.
  "invite.created": unchanged,
  "invite.revoked": unchanged,
  "session.ended": unchanged,
  "session.renewed": unchanged,
}

export const OWN = {
  "history.loaded": histories.loaded,
  "history.stuck": histories.stuck,
  "group.reread": groups.reread,
  "presence.read": people.presenceRead,
  "people.loaded": people.loaded,
  "connection.changed": connection.changed,
}

/** The handler of a kind; kinds of a newer server are ignored. */
export function handlerOf(kind) {
  return FEED[kind] ?? OWN[kind] ?? unchanged
}
