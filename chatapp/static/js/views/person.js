// How a person is drawn everywhere: avatar, presence, status words.

import { setAttributes, setText } from "../helpers/dom.js"
import { initials } from "../helpers/text.js"
import { seen, shortUntil } from "../helpers/time.js"
import { isQuiet } from "../state/people.js"

const HUES = 12
const WORDS = {
  online: "Online",
  idle: "Idle",
  away: "Away",
  offline: "Offline",
  dnd: "Do not disturb",
  unknown: "Presence unknown",
  invisible: "Invisible",
  deactivated: "Deactivated",
}

const HERE = new Set(["online", "idle", "away"])

/** The status to draw: what the server said, or nothing claimed while the line is down. Who is not here disturbs nobody's peace. */
export function shownStatus(state, user) {
  if (user.deactivated) return "deactivated"
  if (user.id === state.me.id && state.me.invisible) return "invisible"
  if (!state.connection.presence_known) return "unknown"
  const isLeftAlone = user.id === state.me.id ? isQuiet(state.me) : user.do_not_disturb
  return isLeftAlone && HERE.has(user.auto_status) ? "dnd" : user.auto_status
}

export function statusWord(status) {
  return WORDS[status] ?? WORDS.unknown
}

/** "Online", "Idle", "Do not disturb until 14:30", "Last seen yesterday at 14:02". */
export function presenceSentence(state, user) {
  const status = shownStatus(state, user)
  if (status === "offline" && user.last_seen) return `Last seen ${seen(user.last_seen, user.last_seen_precision)}`
  if (status !== "dnd") return statusWord(status)
  if (user.id === state.me.id) return `${statusWord(status)} ${shortUntil(state.me.do_not_disturb_until)}`
  return user.auto_status === "online" ? statusWord(status) : `${statusWord(status)} · ${statusWord(user.auto_status).toLowerCase()}`
}

export function paintAvatar(element, user) {
  setAttributes(element, { "data-hue": hue(user.id) })
  setText(element, initials(user.name))
}

export function paintPresence(element, state, user) {
  const status = shownStatus(state, user)
  const mark = status === "invisible" || status === "deactivated" ? "offline" : status
  setAttributes(element, { "data-status": mark, "data-presence-of": user.id, title: presenceSentence(state, user) })
  setText(element.firstElementChild, statusWord(status))
}

/** The status text after a name, whole on hover; one's own with its end. */
export function paintManualStatus(element, state, user) {
  const text = user.manual_status ?? ""
  element.hidden = text === ""
  setText(element, text)
  setAttributes(element, { title: statusSentence(state, user) || null })
}

/** The status text; of one's own the end is known too: "🎧 Focusing · until 14:30". */
export function statusSentence(state, user) {
  const ends = user.id === state.me.id && state.me.manual_status_expires_at
  return user.manual_status && ends ? `${user.manual_status} · ${shortUntil(ends)}` : (user.manual_status ?? "")
}

// The same person has the same colour on every screen.
function hue(id) {
  let sum = 0
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) >>> 0
  return (sum % HUES) + 1
}
