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
  const rows = rowsOf(messages.map(asSent), null, newAfter)
  if (hole) rows.push({ type: "hole", key: "hole", hole })
  const behind = rowsOf([...ahead.map(asSent), ...waiting], messages.at(-1) ?? null, newAfter)
  if (hole && behind.length > 0) behind.find((row) => row.type === "message").starts = true
  return [...rows, ...behind]
}

function rowsOf(entries, last, newAfter) {
  const rows = []
  let before = last
  for (const entry of entries) {
    const day = dayOf(entry.message.created_at)
    const isNewDay = !before || dayOf(before.created_at) !== day
    const isNew = newAfter !== null && !entry.pending && entry.message.number > newAfter && (before?.number ?? 0) <= newAfter
    if (isNewDay) rows.push({ type: "day", key: `day ${day} ${before?.id ?? ""}`, time: entry.message.created_at })
    if (isNew) rows.push({ type: "new", key: "new" })
    rows.push({ type: "message", key: rowKey(entry.message), ...entry, starts: isNewDay || isNew || startsRun(before, entry.message) })
    before = entry.message
  }
  return rows
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
