// Loads the messages of conversations: the page around the first unread, older and newer ones, and what a hole lacks.

import { get } from "./api.js"
import { backOff, delay } from "./helpers/timing.js"
import { apiPath, conversation, unread } from "./state/conversations.js"
import { hasHole, hasOlder } from "./state/histories.js"

const PAGE = 50
// So many unread messages fit in the newest page with some read ones above them.
const NEAR = 40
const MOST_AGAIN = 200
const FIRST_PAUSE_SECONDS = 2

export class History {
  #store
  #running = new Map()
  #asked = new Map()
  #filling = new Set()
  #wake = new AbortController()

  constructor(store) {
    this.#store = store
    store.subscribe((state) => this.#fillHoles(state))
  }

  /** Make sure something of the conversation is loaded: the message numbered `around`, the first unread, or the end. */
  async open(key, around = null) {
    const { state } = this.#store
    const known = state.histories[key]
    const open = conversation(state, key)
    if (!open) return
    if (around !== null && !holds(known, around)) await this.#load(key, { around }, "replace")
    else if (!known && unread(open) > NEAR) await this.#load(key, { around: open.read_mark + 1 }, "replace")
    else if (!known) await this.#load(key, {}, "replace")
  }

  /** Load the newest page, joined to what is there when they touch. */
  async toEnd(key) {
    if (!this.#store.state.histories[key]?.live) await this.#load(key, {}, "merge")
  }

  async older(key) {
    const history = this.#store.state.histories[key]
    if (history && hasOlder(history)) await this.#load(key, { before: history.messages[0].number }, "merge")
  }

  async newer(key) {
    const history = this.#store.state.histories[key]
    if (history && !history.live && history.messages.length > 0) await this.#load(key, { after: history.messages.at(-1).number }, "merge")
  }

  /**
   * Read again what is loaded of a conversation, edits and all, without changing anything here: {messages, live}, or null
   * when nothing is. `follows`: the reader is at the end, and is to be there afterwards; else `number` is looked at.
   */
  async reread(key, { follows, number }) {
    const history = this.#store.state.histories[key]
    if (!history) return null
    const { messages } = history
    const from = follows ? messages.at(-MOST_AGAIN)?.number : Math.max(messages[0]?.number, number - MOST_AGAIN / 2)
    const [first, last] = [from || messages[0]?.number || 1, messages.at(-1)?.number ?? 0]
    const again = await this.#pages(key, first, follows || history.live ? Infinity : last)
    const isFar = again.messages.length === 0 || (follows && !again.live)
    return isFar ? this.#pages(key) : again
  }

  /** Try again at once what could not be loaded behind a hole. */
  fill(key) {
    this.#store.apply({ kind: "history.stuck", data: { key, stuck: false } })
    this.#asked.delete(key)
    this.wake()
    this.#fill(key)
  }

  /** The line is back: do not sit out the pause. */
  wake() {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  // From one number on up to another, as far as MOST_AGAIN messages reach; without numbers the newest page.
  async #pages(key, first = null, last = 0) {
    const found = []
    for (let after = first && first - 1; ; after = found.at(-1).number) {
      const page = await get(`${apiPath(key)}/messages`, { after, limit: PAGE })
      found.push(...page.messages)
      const live = first === null || (found.at(-1)?.number ?? 0) >= page.last_number
      if (live || page.messages.length === 0 || found.length >= MOST_AGAIN || found.at(-1).number >= last) return { messages: found, live }
    }
  }

  // One request per conversation and direction at a time.
  #load(key, anchor, mode) {
    const name = `${key} ${JSON.stringify(anchor)}`
    if (!this.#running.has(name)) this.#running.set(name, this.#fetch(key, anchor, mode).finally(() => this.#running.delete(name)))
    return this.#running.get(name)
  }

  async #fetch(key, anchor, mode) {
    const page = await get(`${apiPath(key)}/messages`, { ...anchor, limit: PAGE })
    this.#store.apply({ kind: "history.loaded", data: { key, mode, messages: page.messages, last_number: page.last_number } })
  }

  // Numbers follow each other; where they do not, the missing ones are asked for until they are there.
  #fillHoles(state) {
    for (const key of Object.keys(state.histories)) if (hole(state, key) !== null && this.#asked.get(key) !== hole(state, key)) this.#fill(key)
  }

  async #fill(key) {
    if (this.#filling.has(key)) return
    this.#filling.add(key)
    let failures = 0
    for (let lack = hole(this.#store.state, key); lack !== null && lack !== this.#asked.get(key); lack = hole(this.#store.state, key)) {
      const error = await this.#load(key, { after: lastNumber(this.#store.state.histories[key]) }, "merge").then(() => null, (reason) => reason)
      if (!error || isFinal(error)) this.#asked.set(key, lack) // an answer that brings nothing is not asked for twice
      failures = error ? failures + 1 : 0
      if (!error) continue
      this.#store.apply({ kind: "history.stuck", data: { key, stuck: true } })
      if (!isFinal(error)) await delay(backOff(failures, { first: FIRST_PAUSE_SECONDS }) * 1000, this.#wake.signal)
    }
    this.#filling.delete(key)
  }
}

// Names what is missing at the end of a loaded stretch, or null.
function hole(state, key) {
  const [history, open] = [state.histories[key], conversation(state, key)]
  return history && open && hasHole(history, open) ? `${lastNumber(history)}-${open.last_number}` : null
}

function lastNumber(history) {
  return history.messages.at(-1)?.number ?? 0
}

function isFinal({ status }) {
  return status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429
}

function holds(history, number) {
  if (!history || history.messages.length === 0) return false
  return history.messages[0].number <= number && number <= history.messages.at(-1).number
}
