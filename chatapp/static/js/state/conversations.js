// How conversations are named and read from the state. A key is also the page's path: "groups/ID" or "people/ID".

import { shownName } from "./names.js"

export function groupKey(id) {
  return `groups/${id}`
}

export function personKey(id) {
  return `people/${id}`
}

export function isGroupKey(key) {
  return key.startsWith("groups/")
}

export function idOf(key) {
  return key.slice(key.indexOf("/") + 1)
}

/** The key named by a page path, or null. */
export function keyOfPath(path) {
  const match = /^\/((?:groups|people)\/[0-9a-f-]{36})\/?$/.exec(path)
  return match ? match[1] : null
}

/** Where the API keeps the conversation. */
export function apiPath(key) {
  return isGroupKey(key) ? `/api/groups/${idOf(key)}` : `/api/users/${idOf(key)}`
}

/** The key of the conversation that a message or a read mark belongs to, as `me` sees it. */
export function keyOf(me, { group_id, user_id, sender_id, receiver_id }) {
  if (group_id) return groupKey(group_id)
  return personKey(user_id ?? (sender_id === me.id ? receiver_id : sender_id))
}

/** The group or direct of a key; a direct nobody has written in yet is empty. */
export function conversation(state, key) {
  if (isGroupKey(key)) return state.groups[idOf(key)] ?? null
  return state.directs[idOf(key)] ?? { user_id: idOf(key), last_number: 0, read_mark: 0 }
}

export function unread(conversation) {
  return Math.max(0, conversation.last_number - conversation.read_mark)
}

/** How many messages are unread in all of these conversations. */
export function unreadOf(state, keys) {
  return keys.reduce((sum, key) => sum + unread(conversation(state, key)), 0)
}

/** What a conversation is called on screen. */
export function title(state, key) {
  if (isGroupKey(key)) return state.groups[idOf(key)]?.name ?? ""
  return shownName(state, person(state, idOf(key)))
}

/** A person the state may not know yet. */
export function person(state, id) {
  return state.users[id] ?? { id, name: "…", username: "", deactivated: false, auto_status: "unknown", manual_status: null, last_seen: null, is_unknown: true }
}

/** All keys in the order of the sidebar: the primary group, groups by name, then people by latest message first seen. */
export function orderedKeys(state) {
  return [...sortedGroups(state).map((group) => groupKey(group.id)), ...sortedDirects(state).map((direct) => personKey(direct.user_id))]
}

export function sortedGroups(state) {
  return Object.values(state.groups).sort((a, b) => b.is_primary - a.is_primary || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))
}

export function sortedDirects(state) {
  const name = (direct) => person(state, direct.user_id).name
  return Object.values(state.directs).sort((a, b) => name(a).localeCompare(name(b)) || (a.user_id < b.user_id ? -1 : 1))
}

export function unreadKeys(state) {
  return orderedKeys(state).filter((key) => unread(conversation(state, key)) > 0)
}

/** The same state with one conversation changed by `change`. */
export function withConversation(state, key, change) {
  const before = conversation(state, key)
  if (!before) return state
  const after = change(before)
  if (after === before) return state
  const table = isGroupKey(key) ? "groups" : "directs"
  return { ...state, [table]: { ...state[table], [idOf(key)]: after } }
}
