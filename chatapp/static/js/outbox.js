// Messages on their way. Each gets a random client_id and is kept in IndexedDB until the server has acknowledged it, so
// it survives a reload; it is retried in order per conversation with the same id, so it cannot be stored twice.
// All tabs of a browser share what is kept: each shows all of it, and any of them sends it. Before each try the tab
// looks at what is kept, so whatever another tab wrote earlier goes first.

import { post } from "./api.js"
import { backOff, delay } from "./helpers/timing.js"
import { uuid } from "./helpers/ids.js"
import { inTurn } from "./outbox_turns.js"
import { apiPath, title } from "./state/conversations.js"

const WAITING_AFTER = 2
const GONE = "This group was deleted, or you are no longer in it."

export class Outbox {
  #items = []
  #db
  #store
  #onRefused
  #changes = 0
  #gone = new Set()
  #busy = new Set()
  #listeners = new Set()
  #wake = new AbortController()

  /** `onRefused(item)`: the server will not take this one, however often it is asked. */
  constructor({ db, store, onRefused }) {
    this.#db = db
    this.#store = store
    this.#onRefused = onRefused
  }

  /** Take up what an earlier page left behind, and what other tabs write from now on. */
  async start() {
    await this.#look()
    this.#store.subscribe((state, previous, events) => this.#acknowledge(events))
    this.#db.subscribe(() => this.#look().then(() => this.#workAll()))
    this.#workAll()
  }

  subscribe(listener) {
    this.#listeners.add(listener)
  }

  /** What is on its way to a conversation, oldest first. */
  of(key) {
    return this.#items.filter((item) => item.key === key)
  }

  async send(key, content) {
    const { state } = this.#store
    const order = Math.max(Date.now(), (this.#items.at(-1)?.order ?? 0) + 1) // even when the clock was set back
    const created_at = new Date().toISOString()
    const item = { client_id: uuid(), key, content, user_id: state.me.id, place: title(state, key), created_at, order, state: "sending", detail: "" }
    this.#items.push(item)
    this.#changed()
    // A disk that refuses costs the message its life after a reload, not its sending.
    item.kept = await this.#db.put(item).then(() => true, () => false)
    this.#work(key)
  }

  retry(clientId) {
    const item = this.#find(clientId)
    if (!item) return
    this.#mark(item, "sending")
    this.wake()
    this.#work(item.key)
  }

  async remove(clientId) {
    this.#gone.add(clientId)
    this.#items = this.#items.filter((item) => item.client_id !== clientId)
    this.#changed()
    await this.#db.remove(clientId).catch(() => {})
  }

  /** The line is back: do not sit out the pause. */
  wake() {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  // What is kept is the truth: other tabs add to it, mark in it, and take out what was sent.
  async #look() {
    const stored = await this.#settled()
    const before = this.#sketch()
    const refused = []
    const mine = new Map(stored?.map((item) => [item.client_id, item]))
    if (stored) this.#items = this.#items.filter((item) => !item.kept || mine.has(item.client_id))
    for (const item of this.#items) {
      const { state, detail } = mine.get(item.client_id) ?? item
      if (state === "failed" && item.state !== state) refused.push(item)
      Object.assign(item, { state, detail })
      mine.delete(item.client_id)
    }
    this.#items.push(...[...mine.values()].map((item) => ({ ...item, kept: true })))
    this.#items.sort((a, b) => a.order - b.order || (a.client_id < b.client_id ? -1 : 1))
    if (this.#sketch() !== before) this.#changed()
    for (const item of refused) this.#onRefused(item)
  }

  // What was read while this page changed something is older than what the page knows.
  async #settled() {
    for (;;) {
      const changes = this.#changes
      const stored = await this.#db.all().catch(() => null)
      if (changes === this.#changes) return stored?.filter((item) => item.user_id === this.#store.state.me.id && !this.#gone.has(item.client_id))
    }
  }

  #sketch() {
    return this.#items.map((item) => `${item.client_id} ${item.state} ${item.detail}`).join("\n")
  }

  #workAll() {
    for (const key of new Set(this.#items.map((item) => item.key))) this.#work(key)
  }

  async #work(key) {
    if (this.#busy.has(key)) return
    this.#busy.add(key)
    let failures = 0
    try {
      while (this.#next(key)) {
        const pause = await inTurn(key, () => this.#try(key, failures))
        failures = pause === null ? 0 : failures + 1
        if (pause !== null) await delay(Math.max(backOff(failures), pause) * 1000, this.#wake.signal)
      }
    } finally {
      this.#busy.delete(key)
    }
  }

  // Null when the next one may be tried at once: this one is sent, gone, or refused. Else the seconds that the server asks for.
  async #try(key, failures) {
    await this.#look()
    const item = this.#next(key)
    if (!item) return null
    try {
      const { message } = await post(`${apiPath(key)}/messages`, { client_id: item.client_id, content: item.content })
      this.#store.apply({ kind: "message.sent", data: { message } })
      await this.remove(item.client_id)
      return null
    } catch (error) {
      return this.#failed(item, error, failures)
    }
  }

  #failed(item, error, failures) {
    const passing = error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500 || error.status === 401
    if (passing && failures + 1 >= WAITING_AFTER) this.#mark(item, "waiting")
    if (passing) return error.retryAfter ?? 0
    this.#mark(item, "failed", error.status === 404 ? GONE : (error.errors?.content ?? error.detail))
    if (this.#items.includes(item)) this.#onRefused(item)
    return null
  }

  #next(key) {
    return this.#items.find((item) => item.key === key && item.state !== "failed")
  }

  #mark(item, state, detail = "") {
    if (!this.#items.includes(item)) return // the feed brought it meanwhile
    if (item.state === state && item.detail === detail) return
    Object.assign(item, { state, detail })
    this.#changes += 1
    this.#db.update(item).catch(() => {})
    this.#changed()
  }

  // The feed may bring our own message before the answer does, or the answer may be lost.
  #acknowledge(events) {
    for (const { kind, data } of events) {
      if (kind === "message.sent" && this.#find(data.message.client_id)) this.remove(data.message.client_id)
    }
  }

  #find(clientId) {
    return this.#items.find((item) => item.client_id === clientId)
  }

  #changed() {
    for (const listener of this.#listeners) listener()
  }
}
