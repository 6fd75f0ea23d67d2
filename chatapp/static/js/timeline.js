// From messages to what the list shows: day dividers, the "New" line, a hole, who starts a run of messages. Pure.

import { dayOf } from "./helpers/time.js"

const RUN_MS = 5 * 60_000

/**
 * The rows of a conversation, oldest first. `ahead`: messages behind a hole; `hole`: what to say of it, or null;
 * `pending`: outbox items; `newAfter`: the number after which the "New" line stands, or null. Rows: {type: "day", key, time},
 * {type: "new", key}, {type: "hole", key, hole}, {type: "message", key, message, pending, starts}.
 */
export function timeline({ messages, ahead = [], hole = null, pending, newAfter, me }) {
  const known = new Set([...messages, ...ahead].map((message) => message.client_id))
  const waiting = pending.filter((item) => !known.has(item.client_id)).map((item) => asMessage(item, me))
  const gap = hole ? [{ hole }] : []
  return rowsOf([...messages.map(asSent), ...gap, ...ahead.map(asSent), ...waiting], newAfter)
}

function rowsOf(entries, newAfter) {
  const rows = []
  let before = null
  let isAfterHole = false
  let isLineDue = newAfter !== null
  for (const entry of entries) {
    const isNew = isLineDue && (entry.hole ? isNewFrom(before, newAfter) : !entry.pending && entry.message.number > newAfter)
    isLineDue &&= !isNew
    const isNewDay = !entry.hole && (!before || dayOf(before.created_at) !== dayOf(entry.message.created_at))
    if (isNewDay) rows.push(dayRow(entry.message, before))
    if (isNew) rows.push({ type: "new", key: "new" })
    if (entry.hole) rows.push({ type: "hole", key: "hole", hole: entry.hole })
    else {
      const starts = isNewDay || isNew || isAfterHole || startsRun(before, entry.message)
      rows.push({ type: "message", key: rowKey(entry.message), ...entry, starts })
      before = entry.message
    }
    isAfterHole = Boolean(entry.hole)
  }
  return rows
}

// Whether all that is missing behind this message is new.
function isNewFrom(before, newAfter) {
  return (before?.number ?? 0) >= newAfter
}

function dayRow({ created_at }, before) {
  return { type: "day", key: `day ${dayOf(created_at)} ${before?.id ?? ""}`, time: created_at }
}

/** The same for a message on its way and for the stored one, so that one element serves both. */
export function rowKey(message) {
  return message.client_id ? `${message.sender_id} ${message.client_id}` : message.id
}

function startsRun(before, message) {
  if (!before || before.sender_id !== message.sender_id) return true
  return new Date(message.created_at) - new Date(before.created_at) > RUN_MS
}

function asSent(message) {
  return { message, pending: null }
}

function asMessage(item, me) {
  const { client_id, content, created_at } = item
  const message = { id: null, client_id, number: Infinity, sender_id: me.id, content, created_at, edited_at: null, deleted_at: null }
  return { message, pending: { state: item.state, detail: item.detail } }
}
