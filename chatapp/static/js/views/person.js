// How a person is drawn everywhere: avatar, presence, status words.

import { setAttributes, setText } from "../helpers/dom.js"
import { initials } from "../helpers/text.js"
import { ago } from "../helpers/time.js"

const HUES = 12
const WORDS = {
  online: "Online",
  idle: "Idle",
  away: "Away",
  offline: "Offline",
  unknown: "Presence unknown",
  invisible: "Invisible",
  deactivated: "Deactivated",
}

/** The status to draw: what the server said, or nothing claimed while the line is down. */
export function shownStatus(state, user) {
  if (user.deactivated) return "deactivated"
  if (user.id === state.me.id && state.me.invisible) return "invisible"
  if (!state.connection.presence_known) return "unknown"
  return user.auto_status
}

export function statusWord(status) {
  return WORDS[status] ?? WORDS.unknown
}

/** "Online", "Idle", "Last seen yesterday at 14:02". */
export function presenceSentence(state, user) {
  const status = shownStatus(state, user)
  if (status === "offline" && user.last_seen) return `Last seen ${ago(user.last_seen)}`
  return statusWord(status)
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

/** The status text after a name, whole on hover. */
export function paintManualStatus(element, user) {
  const text = user.manual_status ?? ""
  element.hidden = text === ""
  setText(element, text)
  setAttributes(element, { title: text || null })
}

// The same person has the same colour on every screen.
function hue(id) {
  let sum = 0
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) >>> 0
  return (sum % HUES) + 1
}
