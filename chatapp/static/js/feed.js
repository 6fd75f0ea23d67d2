// Connects the poll loop, the other tabs and the store: batches go in, trouble is shown, a lost place is read anew.

import { get } from "./api.js"
import { toSignIn } from "./helpers/leave.js"
import { Poller } from "./poller.js"

const TROUBLE_AFTER = 2
const SLEPT_MS = 40_000

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
    this.#note({ trouble: false, last_contact: Date.now() })
    this.#tabs.listen({
      batch: (batch) => this.#apply(batch),
      contact: (news) => this.#note(news),
      chainBroken: () => this.#resync(),
      lead: (cursor) => this.#lead(cursor),
    })
    if (!this.#tabs.isFollower) this.#poller.start()
    addEventListener("online", () => this.refresh())
    addEventListener("offline", () => this.#contact({ ok: false, failures: TROUBLE_AFTER }))
    document.addEventListener("visibilitychange", () => this.#woken())
  }

  /** Ask again now and send what waits. */
  refresh() {
    this.#poller.refresh()
    this.#app.outbox.wake()
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

  #contact({ ok, failures }) {
    const { last_contact: before, trouble } = this.#app.store.state.connection
    if (ok && trouble) this.#app.outbox.wake()
    const news = { trouble: !ok && (failures >= TROUBLE_AFTER || navigator.onLine === false || trouble), last_contact: ok ? Date.now() : before }
    this.#note(news)
    this.#tabs.tellContact(news)
  }

  #note(news) {
    this.#app.store.apply({ kind: "connection.changed", data: news })
  }

  // A laptop that slept has a poll that died unheard.
  #woken() {
    const { last_contact: heard } = this.#app.store.state.connection
    if (document.visibilityState === "visible" && heard && Date.now() - heard > SLEPT_MS) this.refresh()
  }

  // Unnoticed by the reader: the open conversation keeps its rows and is read again, others are loaded when opened.
  async #resync() {
    const { app, key } = { app: this.#app, key: this.#app.router.place.key }
    const { cursor, ...snapshot } = await get("/api/state")
    app.store.replace(snapshot, key)
    app.reading.hold()
    if (key) app.history.again(key).catch(() => {})
    this.#cursor = cursor
    return cursor
  }
}
