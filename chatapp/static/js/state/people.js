// What events about people and their presence do to the state.

const PUBLIC = ["name", "username", "deactivated"]
const SEEN = ["auto_status", "manual_status", "do_not_disturb", "last_seen", "last_seen_precision"]
const UNSEEN = { last_seen: null, last_seen_precision: null }

/** Does one not want to be disturbed now? By the time that one has set, whether or not anything was heard since. */
export function isQuiet(me, now = Date.now()) {
  return Boolean(me.do_not_disturb_until) && new Date(me.do_not_disturb_until) > now
}

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
  return withPresence(state, presence, (before, now) => ({ ...before, ...now, ...(now.auto_status === "offline" && before.auto_status === "offline" ? {} : UNSEEN) }))
}

/** What GET /api/presence says of the people on screen. */
export function presenceRead(state, { presence }) {
  return withPresence(state, presence, (before, now) => ({ ...before, ...UNSEEN, ...now }))
}

export function loaded(state, { users }) {
  return { ...state, users: { ...state.users, ...Object.fromEntries(users.map((user) => [user.id, user])) } }
}

function withPresence(state, presence, told) {
  const users = { ...state.users }
  let changes = 0
  for (const now of presence) {
    const before = users[now.user_id]
    if (!before) continue
    const after = told(before, now)
    if (SEEN.every((name) => (after[name] ?? null) === (before[name] ?? null))) continue
    users[now.user_id] = { ...before, ...Object.fromEntries(SEEN.map((name) => [name, after[name] ?? null])) }
    changes += 1
  }
  return changes ? { ...state, users } : state
}

function withUser(state, user) {
  return { ...state, users: { ...state.users, [user.id]: user } }
}
