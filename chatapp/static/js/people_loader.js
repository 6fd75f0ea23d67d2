// Fetches people whose names are needed but whom the state does not hold: senders in large groups, those who left.

import { get } from "./api.js"

const MOST_IDS = 100
const GATHER_MS = 50

export class PeopleLoader {
  #store
  #wanted = new Set()
  #asked = new Set()
  #timer = null

  constructor(store) {
    this.#store = store
  }

  /** Ask for these ids where the state does not know them. */
  want(ids) {
    for (const id of ids) {
      if (!id || this.#store.state.users[id] || this.#asked.has(id)) continue
      this.#wanted.add(id)
      this.#asked.add(id)
    }
    if (this.#wanted.size > 0) this.#timer ??= setTimeout(() => this.#load(), GATHER_MS)
  }

  async #load() {
    const ids = [...this.#wanted].slice(0, MOST_IDS)
    this.#timer = null
    for (const id of ids) this.#wanted.delete(id)
    try {
      const { users } = await get("/api/users", { ids: ids.join(",") })
      this.#store.apply({ kind: "people.loaded", data: { users } })
    } catch {
      for (const id of ids) this.#asked.delete(id)
    }
    this.want([])
  }
}
