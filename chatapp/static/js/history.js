// Loads the messages of conversations: the page around the first unread, older and newer ones, and what a hole lacks.

import { get } from "./api.js"
import { apiPath, conversation, unread } from "./state/conversations.js"
import { hasHole, hasOlder } from "./state/histories.js"

const PAGE = 50
// So many unread messages fit in the newest page with some read ones above them.
const NEAR = 40
const MOST_AGAIN = 200

export class History {
  #store
  #running = new Map()
  #asked = new Map()

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

  /** Read the loaded stretch again, because what was missed meanwhile is unknown: edits too. */
  async again(key) {
    const history = this.#store.state.histories[key]
    const numbers = history?.messages.slice(-MOST_AGAIN).map((message) => message.number) ?? []
    if (!history?.live || numbers.length === 0) return this.#load(key, numbers.length ? { around: numbers[numbers.length >> 1] } : {}, "replace")
    await this.#load(key, { after: numbers[0] - 1 }, "replace")
    for (let page = 1; page * PAGE < MOST_AGAIN; page += 1) await this.newer(key)
    return undefined
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

  // Numbers follow each other; where they do not, the missing ones are asked for once.
  #fillHoles(state) {
    for (const [key, history] of Object.entries(state.histories)) {
      const open = conversation(state, key)
      if (!open || !hasHole(history, open)) continue
      const hole = `${history.messages.at(-1)?.number ?? 0}-${open.last_number}`
      if (this.#asked.get(key) === hole) continue
      this.#asked.set(key, hole)
      this.#load(key, { after: history.messages.at(-1)?.number ?? 0 }, "merge").catch(() => this.#asked.delete(key))
    }
  }
}

function holds(history, number) {
  if (!history || history.messages.length === 0) return false
  return history.messages[0].number <= number && number <= history.messages.at(-1).number
}
