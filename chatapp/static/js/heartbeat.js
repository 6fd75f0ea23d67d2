// Tells the server that someone is here: whether the tab is visible and whether keys, pointer, scroll or focus moved
// since the last beat. Reading counts as being here.

import { beacon, post } from "./api.js"

const VISIBLE_SECONDS = 25
const HIDDEN_SECONDS = 60
const SOONEST_MS = 3_000
const SOON_SECONDS = 2 // within the grace of the page that was reloaded
const QUIET_MS = 200_000
const BACK_SECONDS = 3
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart", "focus"]

export class Heartbeat {
  #device
  #onReply
  #timer = null
  #active = true
  #status = null
  #beatAt = 0
  #activeAt = 0
  #hurries = false
  #left = false

  constructor({ device, onReply }) {
    this.#device = device
    this.#onReply = onReply
  }

  start() {
    for (const sign of SIGNS) addEventListener(sign, () => this.#sign(), { capture: true, passive: true })
    document.addEventListener("visibilitychange", () => this.beat())
    addEventListener("pagehide", () => this.#leave())
    addEventListener("pageshow", (event) => event.persisted && this.#comeBack())
    return this.beat()
  }

  /** The server knows this page as it is: before, a poll in its name would show somebody who does nothing. */
  get isHeard() {
    return this.#status !== null
  }

  async beat() {
    if (this.#left) return // a page that closes turns invisible after it has said so: that would be its return
    const visible = document.visibilityState === "visible"
    const next = visible ? VISIBLE_SECONDS : HIDDEN_SECONDS
    const [active, hurries] = [this.#active, this.#hurries]
    this.#active = this.#hurries = false
    this.#beatAt = Date.now()
    if (active) this.#activeAt = this.#beatAt
    this.#beatIn(next)
    try {
      const reply = await post("/api/heartbeat", { device: this.#device, active, visible, next })
      this.#status = reply.auto_status
      this.#onReply(reply)
    } catch (error) {
      // A beat that did not arrive says nothing; the input it reported is reported again with the next. Nor was the longer
      // time heard that a hiding page promised: the next beat comes as if it was visible.
      this.#active ||= active
      const again = this.#beatAt / 1000 + (hurries || !this.isHeard ? SOON_SECONDS : VISIBLE_SECONDS) - Date.now() / 1000
      this.#beatIn(Math.min(next, error.retryAfter > 0 ? error.retryAfter : Math.max(again, 1)))
    }
  }

  #beatIn(seconds) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.beat(), seconds * 1000)
  }

  // Coming back from idle shows at once; while online the next beat is soon enough, unless others are about to take somebody
  // for idle who is not.
  #sign() {
    this.#active = true
    const now = Date.now()
    const waits = (this.isHeard && this.#status !== "online") || now - this.#activeAt > QUIET_MS
    if (!waits) return
    this.#hurries = true
    if (now - this.#beatAt > SOONEST_MS) this.beat()
    else this.#beatIn((this.#beatAt + SOONEST_MS - now) / 1000)
  }

  // What comes right after a goodbye counts as sent before it; so it is said again.
  #comeBack() {
    this.#left = false
    this.beat()
    this.#beatIn(BACK_SECONDS)
  }

  #leave() {
    this.#left = true
    clearTimeout(this.#timer)
    beacon("/api/heartbeat/leave", { device: this.#device })
  }
}
