// Moves read marks: when the end of a conversation was really seen, or when told to.

import { put } from "./api.js"
import { debounce } from "./helpers/timing.js"
import { apiPath, conversation, idOf, isGroupKey, unread } from "./state/conversations.js"

const SETTLE_MS = 400

export class Reading {
  #store
  #pending = new Map()
  #send = debounce(() => this.#flush(), SETTLE_MS)

  constructor(store) {
    this.#store = store
  }

  /** The reader has seen everything of this conversation. */
  seen(key) {
    const open = conversation(this.#store.state, key)
    if (!open || unread(open) === 0) return
    this.move(key, open.last_number)
  }

  /** Show the mark there at once and tell the server soon. */
  move(key, number) {
    const who = isGroupKey(key) ? { group_id: idOf(key), user_id: null } : { group_id: null, user_id: idOf(key) }
    this.#store.apply({ kind: "read_mark.moved", data: { ...who, number } })
    this.#pending.set(key, number)
    this.#send()
  }

  /** After the state was read anew, marks that are still on their way hold. */
  hold() {
    for (const [key, number] of this.#pending) this.move(key, number)
  }

  async #flush() {
    for (const [key, number] of [...this.#pending]) {
      try {
        await put(`${apiPath(key)}/read_mark`, { number })
        if (this.#pending.get(key) === number) this.#pending.delete(key)
      } catch (error) {
        if (error.status >= 400 && error.status < 500) this.#pending.delete(key)
        else setTimeout(() => this.#send(), 5000)
      }
    }
  }
}
