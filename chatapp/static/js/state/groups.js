// What events about groups and their members do to the state.

const MAX_LISTED_MEMBERS = 200

export function joined(state, { group, users }) {
  const known = withPeople(state, users)
  // Who is in already has this and later events applied: a repeat must not take them back.
  return known.groups[group.id] ? known : withGroup(known, group)
}

export function changed(state, { group }) {
  const before = state.groups[group.id]
  return before ? withGroup(state, { ...before, ...group }) : state
}

export function deleted(state, { group_id }) {
  return withoutGroup(state, group_id)
}

export function memberAdded(state, { member, user }) {
  const group = state.groups[member.group_id]
  if (!group || !group.members) return group ? withPeople(state, [user]) : state
  const known = withPeople(state, [user])
  if (group.members.some((other) => other.user_id === member.user_id)) return known
  return withGroup(known, withMembers(group, [...group.members, member]))
}

export function memberChanged(state, { member }) {
  const group = state.groups[member.group_id]
  if (!group) return state
  const role = member.user_id === state.me.id ? member.role : group.role
  const members = group.members?.map((other) => (other.user_id === member.user_id ? member : other)) ?? null
  return withGroup(state, { ...group, role, members })
}

export function memberRemoved(state, { group_id, user_id }) {
  if (user_id === state.me.id) return withoutGroup(state, group_id)
  const group = state.groups[group_id]
  if (!group?.members) return state
  return withGroup(state, withMembers(group, group.members.filter((other) => other.user_id !== user_id)))
}

/** A group read anew, because the state does not list the members of large ones. */
export function reread(state, { group }) {
  const before = state.groups[group.id]
  if (!before) return state
  return withGroup(state, { ...group, last_number: Math.max(group.last_number, before.last_number), read_mark: before.read_mark })
}

function withGroup(state, group) {
  return { ...state, groups: { ...state.groups, [group.id]: group } }
}

function withoutGroup(state, id) {
  if (!state.groups[id]) return state
  const { [id]: gone, ...groups } = state.groups
  const { [`groups/${id}`]: history, ...histories } = state.histories
  return { ...state, groups, histories }
}

function withMembers(group, members) {
  return { ...group, member_count: members.length, members: members.length > MAX_LISTED_MEMBERS ? null : members }
}

function withPeople(state, users) {
  const fresh = users.filter((user) => !state.users[user.id])
  if (fresh.length === 0) return state
  const silent = { auto_status: "offline", manual_status: null, last_seen: null }
  return { ...state, users: { ...state.users, ...Object.fromEntries(fresh.map((user) => [user.id, { ...silent, ...user }])) } }
}
