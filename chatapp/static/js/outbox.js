// Messages on their way. Each gets a random client_id and is kept in IndexedDB until the server has acknowledged it, so
// it survives a reload; it is retried in order per conversation with the same id, so it cannot be stored twice.

import { post } from "./api.js"
import { backOff, delay } from "./helpers/timing.js"
import { uuid } from "./helpers/ids.js"
import { apiPath } from "./state/conversations.js"

const WAITING_AFTER = 2

export class Outbox {
  #items = []
  #db
  #store
  #busy = new Set()
  #listeners = new Set()
  #wake = new AbortController()

  constructor({ db, store }) {
    this.#db = db
    this.#store = store
  }

  /** Take up what an earlier page left behind. */
  async start() {
    const { id } = this.#store.state.me
    const left = (await this.#db.all()).filter((item) => item.user_id === id).map((item) => ({ ...item, kept: true }))
    this.#items = [...left.sort((a, b) => a.order - b.order), ...this.#items]
    this.#store.subscribe((state, previous, events) => this.#acknowledge(events))
    this.#changed()
    for (const key of new Set(this.#items.map((item) => item.key))) this.#work(key)
  }

  subscribe(listener) {
    this.#listeners.add(listener)
  }

  /** What is on its way to a conversation, oldest first. */
  of(key) {
    return this.#items.filter((item) => item.key === key)
  }

  async send(key, content) {
    const { id: user_id } = this.#store.state.me
    const order = Math.max(Date.now(), (this.#items.at(-1)?.order ?? 0) + 1) // even when the clock was set back
    const created_at = new Date().toISOString()
    const item = { client_id: uuid(), key, content, user_id, created_at, order, state: "sending", detail: "" }
    this.#items.push(item)
    this.#changed()
    await this.#keep(item)
    this.#work(key)
  }

  retry(clientId) {
    const item = this.#find(clientId)
    if (!item) return
    this.#mark(item, "sending")
    this.#work(item.key)
  }

  async remove(clientId) {
    this.#items = this.#items.filter((item) => item.client_id !== clientId)
    this.#changed()
    await this.#db.remove(clientId).catch(() => {})
  }

  /** The line is back: do not sit out the pause. */
  wake() {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  async #work(key) {
    if (this.#busy.has(key)) return
    this.#busy.add(key)
    let failures = 0
    for (let item = this.#next(key); item; item = this.#next(key)) {
      const done = await this.#try(item, failures)
      failures = done ? 0 : failures + 1
      if (!done) await delay(Math.max(backOff(failures), item.pause ?? 0) * 1000, this.#wake.signal)
    }
    this.#busy.delete(key)
  }

  // True when the item needs no further try by itself: sent, gone, or refused.
  async #try(item, failures) {
    if (failures > 0 && (await this.#sentElsewhere(item))) return this.#drop(item)
    try {
      const { message } = await post(`${apiPath(item.key)}/messages`, { client_id: item.client_id, content: item.content })
      this.#store.apply({ kind: "message.sent", data: { message } })
      await this.remove(item.client_id)
      return true
    } catch (error) {
      return this.#refused(item, error, failures)
    }
  }

  #refused(item, error, failures) {
    const passing = error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500 || error.status === 401
    item.pause = error.retryAfter ?? 0
    if (passing && failures + 1 >= WAITING_AFTER) this.#mark(item, "waiting")
    if (!passing) this.#mark(item, "failed", error.errors?.content ?? error.detail)
    return !passing
  }

  #drop(item) {
    this.#items = this.#items.filter((other) => other !== item)
    this.#changed()
    return true
  }

  #next(key) {
    return this.#items.find((item) => item.key === key && item.state !== "failed")
  }

  #mark(item, state, detail = "") {
    if (!this.#items.includes(item)) return // the feed brought it meanwhile
    Object.assign(item, { state, detail })
    this.#keep(item)
    this.#changed()
  }

  // A disk that refuses costs the message its life after a reload, not its sending.
  async #keep(item) {
    item.kept = await this.#db.put(item).then(() => true, () => false)
  }

  async #sentElsewhere(item) {
    return item.kept && !(await this.#db.has(item.client_id).catch(() => true))
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
