// Re-reads the presence of the people on screen every minute, so that an open page is right even when no event comes.
// Without contact for two beats no dot claims anything any more.

import { get } from "./api.js"

const EVERY_MS = 60_000
const MOST_IDS = 200
const TWO_BEATS_MS = 50_000
const CHECK_MS = 5_000
const REMEMBERED_MS = 6_000 // a worker may answer with what it read up to five seconds ago
const BEST_FIRST = ["online", "idle", "away", "offline"]

export class PresenceReader {
  #store
  #cursor
  #readAt = 0
  #heardAt = -Infinity
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

  /** What the answer to a beat says of oneself. The worker answers by what it heard itself, and may have missed a better device:
   *  so its word only lifts what is shown. What lowers it comes by the feed and by re-reading, as for everybody else. */
  lift({ auto_status }) {
    const { me, users } = this.#store.state
    const { auto_status: shown, ...known } = users[me.id]
    const [better, before] = [BEST_FIRST.indexOf(auto_status), BEST_FIRST.indexOf(shown)]
    if (better > before) return
    this.#heardAt = performance.now()
    if (better === before) return
    this.#store.apply({ kind: "presence.read", data: { presence: [{ ...known, user_id: me.id, auto_status }] } })
  }

  async read() {
    const [ids, begunAt] = [onScreen(), performance.now()]
    this.#readAt = Date.now()
    if (ids.length === 0) return
    const newer = new Set()
    this.#asking.add(newer)
    try {
      const { presence } = await get("/api/presence", { users: ids.join(","), since: this.#cursor() })
      if (begunAt - this.#heardAt < REMEMBERED_MS) newer.add(this.#store.state.me.id)
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
