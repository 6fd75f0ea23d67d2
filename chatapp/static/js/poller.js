// The loop that asks for what is new. Knows no event kinds: batches go to onBatch, trouble to onContact.
// Best way first: a streamed poll; where a proxy buffers, a held poll; where held requests are cut, short polls.

import { get, stream } from "./api.js"
import { backOff, delay } from "./helpers/timing.js"

const FIRST_LINE_MS = 3_000
const SILENCE_MS = 40_000
const HELD_SECONDS = 25
const SHORT_PAUSE_SECONDS = 3
const CUT_HELD_POLLS = 2
// A line that just came back may be slow, which is no sign of a proxy that buffers.
const DOUBTS = 2
const SECOND_OPINION_SECONDS = 1
const TRY_BETTER_MS = 10 * 60_000
const RESYNC = new Set(["bad_cursor", "resync"])

export class Poller {
  #cursor
  #device
  #on
  #mode = "stream"
  #modeSince = Date.now()
  #cuts = 0
  #failures = 0
  #refusals = 0
  #inDoubt = false
  #abort = null
  #stopped = true
  #wake = null

  /** `device()`: {device}, or {} as long as this page is not to be named.
   *  `on`: {batch(batch, since), contact({ok, failures, behind}), resync() → cursor, signedOut()}; behind: more waits there */
  constructor({ cursor, device, on }) {
    this.#cursor = cursor
    this.#device = device
    this.#on = on
  }

  get mode() {
    return this.#mode
  }

  /** Go on where another tab stopped. */
  takeOver(cursor) {
    if (!this.#stopped) return
    this.#cursor = cursor
    this.start()
  }

  async start() {
    if (!this.#stopped) return
    this.#stopped = false
    while (!this.#stopped) await this.#round()
  }

  stop() {
    this.#stopped = true
    this.refresh()
  }

  /** Ask again now: the network came back, or the machine woke up. */
  refresh() {
    this.#inDoubt = true
    this.#abort?.abort()
    this.#wake?.abort()
  }

  async #round() {
    const started = Date.now()
    this.#abort = new AbortController()
    try {
      const next = await (this.#mode === "stream" ? this.#streamed() : this.#asked())
      this.#cuts = 0
      this.#tryBetter()
      if (next > 0) await this.#pause(next)
    } catch (error) {
      if (!this.#stopped) await this.#failed(error, Date.now() - started)
    }
  }

  async #streamed() {
    let next = 0
    const query = { since: this.#cursor, wait: HELD_SECONDS, stream: 1, ...this.#device() }
    for await (const batch of stream("/api/updates", query, { signal: this.#abort.signal, firstLineMs: FIRST_LINE_MS, silenceMs: SILENCE_MS })) {
      this.#take(batch)
      next = batch.more ? 0 : batch.next
      if (batch.more) await delay(0) // let the page draw and be used between the parts of a flood
    }
    return next
  }

  async #asked() {
    const wait = this.#mode === "held" ? HELD_SECONDS : 0
    const query = { since: this.#cursor, wait, stream: 0, ...this.#device() }
    const batch = await get("/api/updates", query, { signal: this.#abort.signal, timeoutMs: SILENCE_MS })
    this.#take(batch)
    if (batch.more) return 0
    return wait ? batch.next : Math.max(batch.next, SHORT_PAUSE_SECONDS)
  }

  #take(batch) {
    const since = this.#cursor
    this.#cursor = batch.cursor
    this.#failures = 0
    this.#refusals = 0
    this.#inDoubt = false
    this.#on.batch(batch, since)
    this.#on.contact({ ok: true, failures: 0, behind: batch.more })
  }

  async #failed(error, lasted) {
    if (error.status === 401) return this.#refused()
    if (RESYNC.has(error.code)) return this.#resync()
    if (error.code === "buffered" && !(this.#inDoubt && this.#failures < DOUBTS)) return this.#fallTo("held")
    if (this.#abort.signal.aborted && error.name === "AbortError") return undefined
    if (this.#mode !== "short" && lasted > FIRST_LINE_MS && (error.status === 0 || error.status >= 502)) {
      this.#cuts += 1
      if (this.#cuts >= CUT_HELD_POLLS) this.#fallTo(this.#mode === "stream" ? "held" : "short")
    }
    this.#failures += 1
    this.#on.contact({ ok: false, failures: this.#failures })
    return this.#pause(Math.max(error.retryAfter ?? 0, backOff(this.#failures)))
  }

  async #resync() {
    try {
      this.#cursor = await this.#on.resync()
    } catch (error) {
      this.#failures += 1
      if (error.status === 401) return this.#leave()
      this.#on.contact({ ok: false, failures: this.#failures })
      await this.#pause(backOff(this.#failures))
    }
    return undefined
  }

  // A new password brings a new cookie: a poll that was on its way with the old one is no sign that the session is over.
  #refused() {
    if (this.#refusals > 0) return this.#leave()
    this.#refusals += 1
    return this.#pause(SECOND_OPINION_SECONDS)
  }

  #leave() {
    this.#stopped = true
    this.#on.signedOut()
  }

  #fallTo(mode) {
    this.#mode = mode
    this.#modeSince = Date.now()
    this.#cuts = 0
  }

  // The proxy may have been mended, or the laptop carried to another network.
  #tryBetter() {
    if (this.#mode !== "stream" && Date.now() - this.#modeSince > TRY_BETTER_MS) this.#fallTo(this.#mode === "short" ? "held" : "stream")
  }

  async #pause(seconds) {
    this.#wake = new AbortController()
    await delay(seconds * 1000, this.#wake.signal)
  }
}
