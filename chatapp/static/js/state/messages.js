// What message events do to the state. Pure: (state, data) → state; applying twice is applying once.

import { keyOf, withConversation } from "./conversations.js"
import { extend, replaceIn } from "./histories.js"

export function sent(state, { message }) {
  const key = keyOf(state.me, message)
  const counted = withConversation(state, key, (conversation) => counting(conversation, message, state.me))
  return extend(counted, key, message)
}

export function edited(state, { message }) {
  return replaceIn(state, keyOf(state.me, message), message)
}

export function deleted(state, { message }) {
  return replaceIn(state, keyOf(state.me, message), message)
}

/** Both of a pair learn who the other is before the first message arrives. */
export function directOpened(state, { users }) {
  const unknown = users.filter((user) => !state.users[user.id])
  if (unknown.length === 0) return state
  const silent = { auto_status: "offline", manual_status: null, last_seen: null }
  return { ...state, users: { ...state.users, ...Object.fromEntries(unknown.map((user) => [user.id, { ...silent, ...user }])) } }
}

export function readMarkMoved(state, mark) {
  return withConversation(state, keyOf(state.me, mark), (conversation) =>
    conversation.read_mark === mark.number ? conversation : { ...conversation, read_mark: mark.number })
}

// A number already counted says nothing new, so a repeated event cannot move a mark that was moved since.
function counting(conversation, message, me) {
  if (message.number <= conversation.last_number) return conversation
  const isOwn = message.sender_id === me.id
  return { ...conversation, last_number: message.number, read_mark: isOwn ? message.number : conversation.read_mark }
}
