// The loaded stretch of each conversation's messages. A history is {messages, live, ahead, stuck}: messages without holes,
// oldest first; live says that the stretch reached the end when it was loaded and follows it since; ahead are messages
// that came behind a hole; stuck says that what the hole lacks could not be loaded.

/** Put a loaded page in. `mode`: "merge" joins it to what is there, "replace" starts a new stretch. */
export function loaded(state, { key, messages, last_number, mode = "merge" }) {
  const before = mode === "merge" ? state.histories[key] : null
  const ahead = before?.ahead ?? []
  const page = messages.map((message) => latest(ahead, message))
  const joined = before ? join(before.messages, page) : page
  const reached = joined.length === 0 ? last_number === 0 : joined.at(-1).number >= last_number
  const goesOn = Boolean(before?.live) && (joined !== page || page.length === 0)
  return withHistory(state, key, absorbed({ messages: joined, live: reached || goesOn, ahead }))
}

/** What a stretch becomes when the state is read anew: only what the server says now, with rows that did not change kept. */
export function refreshed(before, { messages, live }) {
  const known = new Map(before?.messages.map((message) => [message.id, message]))
  const same = (message) => [known.get(message.id)].find((old) => old && isSame(old, message)) ?? message
  return { messages: messages.map(same), live, ahead: [], stuck: false }
}

/** What a hole lacks could not be loaded, or is being tried again. */
export function stuck(state, { key, stuck }) {
  const history = state.histories[key]
  return history && Boolean(history.stuck) !== stuck ? withHistory(state, key, { ...history, stuck }) : state
}

/** Add a new message when it is the next one; behind a hole it waits, shown apart, until the loader has closed it. */
export function extend(state, key, message) {
  const history = state.histories[key]
  if (!history) return state
  const first = history.messages[0]?.number ?? 1
  const last = history.messages.at(-1)?.number ?? 0
  if (message.number >= first && message.number <= last) return replaceIn(state, key, message)
  if (!history.live || message.number < first) return state
  const ahead = [...history.ahead.filter((known) => known.number !== message.number), latest(history.ahead, message)]
  const next = absorbed({ ...history, ahead: message.number === last + 1 ? [message, ...history.ahead] : ahead.sort((a, b) => a.number - b.number) })
  return withHistory(state, key, next)
}

/** Put a newer version of a message in its place, if it is loaded. */
export function replaceIn(state, key, message) {
  const history = state.histories[key]
  if (!history) return state
  const [messages, ahead] = [replaced(history.messages, message), replaced(history.ahead, message)]
  return messages === history.messages && ahead === history.ahead ? state : withHistory(state, key, { ...history, messages, ahead })
}

/** Does the stretch follow the end, yet lack messages that exist? */
export function hasHole(history, conversation) {
  return history.live && (history.messages.at(-1)?.number ?? 0) < conversation.last_number
}

export function hasOlder(history) {
  return (history.messages[0]?.number ?? 1) > 1
}

function replaced(messages, message) {
  const at = messages.findIndex((known) => known.id === message.id)
  if (at < 0) return messages
  const kept = newer(messages[at], message)
  return kept === messages[at] ? messages : Object.assign([...messages], { [at]: kept })
}

function latest(known, message) {
  const old = known.find((other) => other.id === message.id)
  return old ? newer(old, message) : message
}

// What waits behind the hole joins the stretch as soon as it follows without one.
function absorbed({ messages, live, ahead, stuck = false }) {
  const last = messages.at(-1)?.number ?? 0
  const rest = ahead.filter((message) => message.number > last)
  const follows = rest.filter((message, at) => message.number === last + 1 + at)
  const apart = live ? rest.slice(follows.length) : []
  return { messages: follows.length ? [...messages, ...follows] : messages, live, ahead: apart, stuck: stuck && apart.length > 0 }
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
  return isSame(known, message) ? known : message
}

function isSame(known, message) {
  return message.content === known.content && message.edited_at === known.edited_at && message.deleted_at === known.deleted_at
}
