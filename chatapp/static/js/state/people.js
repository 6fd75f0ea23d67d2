// What events about people and their presence do to the state.

const PUBLIC = ["name", "username", "deactivated"]

export function changed(state, { user }) {
  const before = state.users[user.id]
  return before ? withUser(state, { ...before, ...user }) : state
}

/** One's own fuller view. */
export function meChanged(state, { me }) {
  const own = state.users[me.id]
  const shared = Object.fromEntries([...PUBLIC, "manual_status"].filter((name) => name in me).map((name) => [name, me[name]]))
  const next = { ...state, me: { ...state.me, ...me } }
  return own ? withUser(next, { ...own, ...shared }) : next
}

/** Hints of the feed carry no last_seen; someone who is not offline has none. */
export function presenceChanged(state, { presence }) {
  return withPresence(state, presence, (before, now) => (now.auto_status === "offline" ? (before.auto_status === "offline" ? before.last_seen : null) : null))
}

/** What GET /api/presence says of the people on screen. */
export function presenceRead(state, { presence }) {
  return withPresence(state, presence, (before, now) => now.last_seen)
}

export function loaded(state, { users }) {
  return { ...state, users: { ...state.users, ...Object.fromEntries(users.map((user) => [user.id, user])) } }
}

function withPresence(state, presence, lastSeen) {
  const users = { ...state.users }
  let changes = 0
  for (const now of presence) {
    const before = users[now.user_id]
    if (!before) continue
    const after = { ...before, auto_status: now.auto_status, manual_status: now.manual_status, last_seen: lastSeen(before, now) }
    if (after.auto_status === before.auto_status && after.manual_status === before.manual_status && after.last_seen === before.last_seen) continue
    users[now.user_id] = after
    changes += 1
  }
  return changes ? { ...state, users } : state
}

function withUser(state, user) {
  return { ...state, users: { ...state.users, [user.id]: user } }
}
