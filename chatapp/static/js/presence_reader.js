// Re-reads the presence of the people on screen every minute, so that an open page is right even when no event comes.
// Without contact for two beats no dot claims anything any more.

import { get } from "./api.js"

const EVERY_MS = 60_000
const MOST_IDS = 200
const TWO_BEATS_MS = 50_000
const CHECK_MS = 5_000

export class PresenceReader {
  #store
  #cursor
  #readAt = 0
  #asking = new Set() // for each answer on its way: of whom something newer came by the feed meanwhile

  /** `isWatched(id)`: is this person's line shown at large? Then when they went is read at once: the hint does not say.
   *  `cursor()`: how far this page has heard; no worker answers with anything older. */
  constructor(store, { isWatched, cursor }) {
    this.#store = store
    this.#cursor = cursor
    store.subscribe((state, previous, events) => {
      const told = events.filter(({ kind }) => kind === "presence.changed").flatMap(({ data }) => data.presence)
      for (const newer of this.#asking) for (const now of told) newer.add(now.user_id)
      if (state.connection.old !== previous.connection.old) this.#check()
      if (told.some((now) => now.auto_status === "offline" && isWatched(now.user_id))) this.read()
    })
  }

  start() {
    setInterval(() => this.#check(), CHECK_MS)
    document.addEventListener("visibilitychange", () => this.#check())
  }

  async read() {
    const ids = onScreen()
    this.#readAt = Date.now()
    if (ids.length === 0) return
    const newer = new Set()
    this.#asking.add(newer)
    try {
      const { presence } = await get("/api/presence", { users: ids.join(","), since: this.#cursor() })
      this.#store.apply({ kind: "presence.read", data: { presence: presence.filter((one) => !newer.has(one.user_id)) } })
    } catch {
      this.#readAt = Date.now() - EVERY_MS + CHECK_MS * 2
    } finally {
      this.#asking.delete(newer)
    }
  }

  #check() {
    const { last_contact: heard } = this.#store.state.connection
    const known = heard === null || (Date.now() - heard < TWO_BEATS_MS && !this.#store.state.connection.old)
    const knew = this.#store.state.connection.presence_known
    this.#store.apply({ kind: "connection.changed", data: { presence_known: known } })
    if (document.visibilityState !== "visible" || !known) return
    if (!knew || Date.now() - this.#readAt > EVERY_MS) this.read()
  }
}

/** The ids of the people whose presence is drawn somewhere. */
function onScreen() {
  const marks = document.querySelectorAll("[data-presence-of]")
  return [...new Set(Array.from(marks, (mark) => mark.dataset.presenceOf))].filter(Boolean).slice(0, MOST_IDS)
}
