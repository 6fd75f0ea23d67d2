// The loaded stretch of each conversation's messages. A history is {messages, live}: messages without holes, oldest
// first; live says that the stretch reached the end when it was loaded and follows it since.

/** Put a loaded page in. `mode`: "merge" joins it to what is there, "replace" starts a new stretch. */
export function loaded(state, { key, messages, last_number, mode = "merge" }) {
  const before = mode === "merge" ? state.histories[key] : null
  const joined = before ? join(before.messages, messages) : messages
  const live = joined.length === 0 ? last_number === 0 : joined.at(-1).number >= last_number
  return withHistory(state, key, { messages: joined, live: live || Boolean(before?.live && joined.at(-1) === before.messages.at(-1)) })
}

/** Forget a stretch, or all but one: used when what was missed is unknown. */
export function forgotten(state, { key }) {
  const { [key]: gone, ...histories } = state.histories
  return gone ? { ...state, histories } : state
}

/** Add a new message when it is the next one; after a hole it is left for the loader. */
export function extend(state, key, message) {
  const history = state.histories[key]
  if (!history) return state
  const first = history.messages[0]?.number ?? 1
  const last = history.messages.at(-1)?.number ?? 0
  if (message.number >= first && message.number <= last) return replaceIn(state, key, message)
  if (!history.live || message.number !== last + 1) return state
  return withHistory(state, key, { ...history, messages: [...history.messages, message] })
}

/** Put a newer version of a message in its place, if it is loaded. */
export function replaceIn(state, key, message) {
  const history = state.histories[key]
  const at = history ? history.messages.findIndex((known) => known.id === message.id) : -1
  if (at < 0) return state
  const kept = newer(history.messages[at], message)
  if (kept === history.messages[at]) return state
  return withHistory(state, key, { ...history, messages: history.messages.with?.(at, kept) ?? Object.assign([...history.messages], { [at]: kept }) })
}

/** Does the stretch follow the end, yet lack messages that exist? */
export function hasHole(history, conversation) {
  return history.live && (history.messages.at(-1)?.number ?? 0) < conversation.last_number
}

export function hasOlder(history) {
  return (history.messages[0]?.number ?? 1) > 1
}

function withHistory(state, key, history) {
  return { ...state, histories: { ...state.histories, [key]: history } }
}

// Two stretches that neither overlap nor touch cannot be shown as one: the newly asked one wins.
function join(known, page) {
  if (known.length === 0 || page.length === 0) return known.length ? known : page
  const apart = page.at(-1).number < known[0].number - 1 || page[0].number > known.at(-1).number + 1
  if (apart) return page
  const byNumber = new Map(known.map((message) => [message.number, message]))
  for (const message of page) {
    const old = byNumber.get(message.number)
    byNumber.set(message.number, old ? newer(old, message) : message)
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number)
}

// A tombstone stays; an earlier version never replaces a later one.
function newer(known, message) {
  if (known.deleted_at) return known
  if (message.deleted_at) return message
  if ((message.edited_at ?? "") < (known.edited_at ?? "")) return known
  return message.content === known.content && message.edited_at === known.edited_at ? known : message
}
