// People by a few letters: at once from what the state holds, a moment later from the whole directory.

import { get } from "./api.js"
import { rank } from "./helpers/text.js"

const LIMIT = 50
const PAUSE_MS = 150

export class PeopleSearch {
  #store
  #turn = 0
  #timer

  constructor(store) {
    this.#store = store
  }

  /** show(users, more) is called with what is known now, and again when the server has answered. */
  find(query, show) {
    this.#turn += 1
    const turn = this.#turn
    show(this.#known(query), false)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(query, turn, show), query ? PAUSE_MS : 0)
  }

  async #ask(query, turn, show) {
    try {
      const { users, more } = await get("/api/users", { search: query || undefined, limit: LIMIT })
      if (turn !== this.#turn) return
      this.#store.apply({ kind: "people.loaded", data: { users: users.filter((user) => !this.#store.state.users[user.id]) } })
      const found = new Map([...this.#known(query), ...users].map((user) => [user.id, this.#store.state.users[user.id] ?? user]))
      show(sorted([...found.values()].filter((user) => !user.deactivated), query), more)
    } catch {
      // Without the server the people known here are all there are.
    }
  }

  #known(query) {
    const users = Object.values(this.#store.state.users)
    return sorted(users.filter((user) => !user.deactivated && rank(query, user.name, user.username) >= 0), query).slice(0, LIMIT)
  }
}

function sorted(users, query) {
  const place = (user) => {
    const at = rank(query, user.name, user.username)
    return at < 0 ? 9 : at
  }
  return users.sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name))
}
