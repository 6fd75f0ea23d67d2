// What this browser knows. apply() is pure and idempotent; Store holds the current state and tells who listens.
// No DOM, no network.

import { handlerOf } from "./dispatch.js"
import { START } from "./state/connection.js"
import { refreshed } from "./state/histories.js"

/** The state as GET /api/state gives it; histories are loaded later. */
export function fromSnapshot({ me, users, groups, directs, server = { invisible_allowed: true } }) {
  const by = (name, list) => Object.fromEntries(list.map((item) => [item[name], item]))
  const everybody = users.some((user) => user.id === me.id) ? users : [...users, publicSide(me)]
  const listed = { users: by("id", everybody), groups: by("id", groups), directs: by("user_id", directs) }
  return { me, server, ...listed, histories: {}, connection: START }
}

export function apply(state, { kind, data }) {
  return handlerOf(kind)(state, data)
}

export class Store {
  #state
  #told
  #events = []
  #listeners = new Set()

  constructor(state) {
    this.#state = state
    this.#told = state
  }

  get state() {
    return this.#state
  }

  /** Apply events in order; listeners hear once per batch, after it. */
  apply(...events) {
    for (const event of events) this.#state = apply(this.#state, event)
    this.#announce(events)
  }

  /** Start over from a fresh snapshot, keeping what only this page knows: its line. `stretch`: what is loaded of one
   *  conversation from now on, {messages, live}, or null; others are loaded when they are opened. */
  replace(snapshot, key, stretch) {
    const { connection, histories } = this.#state
    const fresh = fromSnapshot(snapshot)
    const kept = stretch ? { [key]: refreshed(histories[key], stretch) } : {}
    this.#state = { ...fresh, users: { ...this.#state.users, ...fresh.users }, connection, histories: kept }
    this.#announce([{ kind: "state.replaced", data: {} }])
  }

  /** listener(state, previous, events); returns how to stop. */
  subscribe(listener) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #announce(events) {
    if (this.#events.length === 0) queueMicrotask(() => this.#tell())
    this.#events.push(...events)
  }

  #tell() {
    const events = this.#events
    const previous = this.#told
    this.#events = []
    this.#told = this.#state
    for (const listener of this.#listeners) listener(this.#state, previous, events)
  }
}

function publicSide({ id, name, username, deactivated, auto_status, manual_status, last_seen }) {
  return { id, name, username, deactivated, auto_status, manual_status, do_not_disturb: false, last_seen: last_seen ?? null }
}
