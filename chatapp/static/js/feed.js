// Connects the poll loop, the other tabs and the store: batches go in, trouble is shown, a lost place is read anew.

import { get } from "./api.js"
import { toSignIn } from "./helpers/leave.js"
import { Poller } from "./poller.js"
import { conversation } from "./state/conversations.js"

const TROUBLE_AFTER = 2
const OLD_MS = 40_000
const LOOK_MS = 2_000

export class Feed {
  #app
  #tabs
  #poller
  #cursor

  constructor({ app, tabs, cursor, device }) {
    this.#app = app
    this.#tabs = tabs
    this.#cursor = cursor
    this.#poller = new Poller({
      cursor,
      device,
      on: {
        batch: (batch, since) => this.#take(batch, since),
        contact: (news) => this.#contact(news),
        resync: () => this.#resync(),
        signedOut: toSignIn,
      },
    })
  }

  /** How far this page has heard. */
  get cursor() {
    return this.#cursor
  }

  start() {
    this.#note({ trouble: false, old: false, last_contact: Date.now() })
    this.#tabs.listen({
      batch: (batch) => this.#apply(batch),
      contact: (news) => this.#note(news),
      chainBroken: () => this.#resync(),
      lead: (cursor) => this.#lead(cursor),
      again: () => this.refresh(),
    })
    if (!this.#tabs.isFollower) this.#poller.start()
    addEventListener("online", () => this.refresh())
    addEventListener("offline", () => this.#contact({ ok: false, failures: TROUBLE_AFTER }))
    document.addEventListener("visibilitychange", () => this.#look())
    setInterval(() => this.#look(), LOOK_MS)
  }

  /** Ask again now and send what waits. */
  refresh() {
    this.#poller.refresh()
    this.#tabs.askAgain()
    this.#hurry()
  }

  #hurry() {
    this.#app.outbox.wake()
    this.#app.history.wake()
  }

  #lead(cursor) {
    this.#poller.takeOver(cursor)
  }

  #take(batch, since) {
    this.#apply(batch)
    this.#tabs.tell(batch, since)
  }

  #apply(batch) {
    this.#cursor = batch.cursor
    this.#app.store.apply(...batch.events)
  }

  #contact({ ok, failures, behind = false }) {
    const { last_contact: before, trouble, old } = this.#app.store.state.connection
    const isTrouble = !ok && (failures >= TROUBLE_AFTER || navigator.onLine === false || trouble)
    const news = { trouble: isTrouble, old: old && (!ok || behind), last_contact: ok ? Date.now() : before }
    this.#note(news)
    this.#tabs.tellContact(news)
  }

  #note(news) {
    const { trouble } = this.#app.store.state.connection
    this.#app.store.apply({ kind: "connection.changed", data: news })
    if (trouble && news.trouble === false) this.#hurry()
  }

  // A line that stands is heard twice a minute. A laptop that slept has one that died unheard, and timers that did not see
  // the time pass: only the clock tells.
  #look() {
    const { last_contact: heard, old } = this.#app.store.state.connection
    const silence = Date.now() - heard
    if (silence < 0) this.#note({ last_contact: Date.now() }) // the clock was set back
    if (silence <= OLD_MS || old) return
    this.#note({ old: true })
    this.refresh()
  }

  // Unnoticed by the reader: the open conversation keeps its rows and their place, fresh ones come in at once with the rest
  // of the state; other conversations are loaded when opened. What comes after the cursor comes by the next poll.
  async #resync() {
    const { store, router, history, messageList, reading } = this.#app
    const { cursor, ...snapshot } = await get("/api/state")
    const { key } = router.place
    const stretch = key && (await history.reread(key, messageList.sight).catch(unlessGone))
    store.replace(snapshot, key, stretch)
    reading.hold()
    const place = router.place.key // the reader may have gone elsewhere meanwhile
    if (place && !store.state.histories[place] && conversation(store.state, place)) messageList.open(place)
    this.#cursor = cursor
    return cursor
  }
}

// A conversation that is not there any more is missing from the state too; anything else is tried again.
function unlessGone(error) {
  if (error.status === 404) return null
  throw error
}
