// One message of the list, drawn from its template.

import { clone, part, setAttributes, setText } from "../helpers/dom.js"
import { isEmojiOnly, isLong, pieces } from "../helpers/text.js"
import { clockTime, fullTime } from "../helpers/time.js"
import { person } from "../state/conversations.js"
import { shownName } from "../state/names.js"
import { paintAvatar, paintManualStatus } from "./person.js"

const NOTES = { sending: "", waiting: "Waiting for the connection …", failed: "Not sent." }
const drawn = new WeakMap()

export function createRow(row) {
  const element = clone("message")
  setAttributes(element, { "data-row": "message", "data-client-id": row.message.client_id })
  return element
}

/** Fill the element; does nothing when neither the message nor its sender changed since. */
export function updateRow(element, row, state) {
  const sender = person(state, row.message.sender_id)
  const name = shownName(state, sender)
  const ends = sender.id === state.me.id ? state.me.manual_status_expires_at : null
  const signature = [row.message, row.starts, row.pending?.state, row.pending?.detail, sender, name, ends]
  const before = drawn.get(element)
  if (before && signature.every((value, at) => value === before[at])) return
  drawn.set(element, signature)
  setAttributes(element, {
    "data-number": row.pending ? null : row.message.number,
    "data-message-id": row.message.id,
    "data-sender": row.message.sender_id,
    "data-state": row.pending?.state ?? "sent",
    "data-starts": row.starts,
    "data-deleted": Boolean(row.message.deleted_at),
  })
  drawHead(element, row, state, name)
  if (!before || before[0] !== row.message) drawContent(element, row.message)
  drawFoot(element, row)
}

function drawHead(element, { message, starts }, state, name) {
  const sender = person(state, message.sender_id)
  const avatar = part(element, "avatar")
  avatar.hidden = !starts
  part(element, "head").hidden = !starts
  if (starts) {
    paintAvatar(avatar, sender)
    setText(part(element, "author"), name)
    paintManualStatus(part(element, "status"), state, sender)
  }
  for (const name of ["time", "gutter"]) {
    const time = part(element, name)
    setText(time, clockTime(message.created_at))
    setAttributes(time, { datetime: message.created_at, title: fullTime(message.created_at), href: message.id ? `#message-${message.number}` : null })
  }
  // The head names author and time for the eye; a run's later messages say it to screen readers.
  setText(part(element, "spoken"), starts ? "" : `${name}, ${clockTime(message.created_at)}: `)
}

function drawContent(element, message) {
  const content = part(element, "content")
  const text = message.deleted_at ? "This message was deleted." : message.content
  const drawn = message.deleted_at ? [text] : pieces(text).map(drawPiece)
  content.replaceChildren(...drawn, ...(message.edited_at && !message.deleted_at ? [drawEdited(message)] : []))
  setAttributes(content, { "data-emoji": !message.deleted_at && isEmojiOnly(text), "data-folded": isLong(text) })
  part(element, "unfold").hidden = !isLong(text)
}

function drawEdited(message) {
  const note = clone("edited")
  setAttributes(note, { title: `Edited ${fullTime(message.edited_at)}` })
  return note
}

function drawPiece({ text, href }) {
  if (!href) return document.createTextNode(text)
  const link = document.createElement("a")
  setAttributes(link, { href, target: "_blank", rel: "noopener noreferrer nofollow" })
  link.textContent = text
  return link
}

function drawFoot(element, { pending }) {
  const foot = part(element, "outbox")
  const note = pending ? [NOTES[pending.state], pending.detail].filter(Boolean).join(" ") : ""
  foot.hidden = note === ""
  setText(part(element, "note"), note)
}

/** Show all of a folded message, or its beginning again. */
export function toggleFold(element) {
  const content = part(element, "content")
  const folded = content.hasAttribute("data-folded")
  setAttributes(content, { "data-folded": !folded })
  setText(part(element, "unfold"), folded ? "Show less" : "Show all")
}
