// Tells the server that someone is here: whether the tab is visible and whether keys, pointer, scroll or focus moved
// since the last beat. Reading counts as being here.

import { beacon, post } from "./api.js"

const VISIBLE_SECONDS = 25
const HIDDEN_SECONDS = 60
const SOONEST_MS = 3_000
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart", "focus"]

export class Heartbeat {
  #device
  #onReply
  #timer = null
  #active = true
  #status = null
  #beatAt = 0

  constructor({ device, onReply }) {
    this.#device = device
    this.#onReply = onReply
  }

  start() {
    for (const sign of SIGNS) addEventListener(sign, () => this.#sign(), { capture: true, passive: true })
    document.addEventListener("visibilitychange", () => this.beat())
    addEventListener("pagehide", () => this.#leave())
    addEventListener("pageshow", (event) => event.persisted && this.beat())
    return this.beat()
  }

  async beat() {
    const visible = document.visibilityState === "visible"
    const next = visible ? VISIBLE_SECONDS : HIDDEN_SECONDS
    const active = this.#active
    this.#active = false
    this.#beatAt = Date.now()
    this.#beatIn(next)
    try {
      const reply = await post("/api/heartbeat", { device: this.#device, active, visible, next })
      this.#status = reply.auto_status
      this.#onReply(reply)
    } catch (error) {
      // A beat that did not arrive says nothing; the input it reported is reported again with the next.
      this.#active ||= active
      if (error.retryAfter > 0 && error.retryAfter < next) this.#beatIn(error.retryAfter)
    }
  }

  #beatIn(seconds) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.beat(), seconds * 1000)
  }

  // Coming back from idle shows at once; while online the next beat is soon enough.
  #sign() {
    this.#active = true
    if (this.#status !== "online" && this.#status !== null && Date.now() - this.#beatAt > SOONEST_MS) this.beat()
  }

  #leave() {
    clearTimeout(this.#timer)
    beacon("/api/heartbeat/leave", { device: this.#device })
  }
}
