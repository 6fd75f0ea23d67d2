// One tab polls for all tabs of a browser. The tab holding the lock leads: it polls and tells the others each batch.
// A follower that joins learns the leader's cursor *before* it reads its own state; the state is then at least as new
// as that cursor, so every later batch may be applied (some twice, which is harmless) and none is missed.
// Where locks or channels do not exist (plain http), every tab leads itself.

const CHANNEL = "chatapp.feed"
const LOCK = "chatapp.feed"
const HELLO_MS = 250
const PULSE_SILENCE_MS = 60_000
const ANSWERS_WITHIN_MS = 4_000
const FROM_LEADER = { cursor: true, batch: true, contact: true }

export class Tabs {
  #channel = null
  #role = "alone"
  #cursor = null
  #heardAt = 0
  #waiting = []
  #backlog = []
  #on = null
  #turn = Promise.resolve()

  get isFollower() {
    return this.#role === "follower"
  }

  /** Find out whether another tab leads. Resolves before the state is read. */
  async join() {
    if (!globalThis.BroadcastChannel || !navigator.locks) return
    this.#channel = new BroadcastChannel(CHANNEL)
    this.#channel.onmessage = ({ data }) => this.#hear(data)
    if (await this.#take({ ifAvailable: true })) return
    const cursor = await this.#hello()
    if (!cursor) return
    this.#role = "follower"
    this.#cursor = cursor
  }

  /** `on`: {batch(batch), contact(news), chainBroken() → promise, lead(cursor), again()}; called once the state is there. */
  listen(on) {
    this.#on = on
    for (const batch of this.#backlog.splice(0)) this.#follow(batch)
    if (!this.isFollower) return
    this.#take({}).then(() => on.lead(this.#cursor))
    setInterval(() => this.#checkPulse(), PULSE_SILENCE_MS / 4)
  }

  /** The leader tells the others. */
  tell(batch, since) {
    this.#cursor = batch.cursor
    if (this.#role === "leader") this.#channel.postMessage({ type: "batch", since, batch })
  }

  tellContact(news) {
    if (this.#role === "leader") this.#channel.postMessage({ type: "contact", news })
  }

  /** A follower wants news now: the leader asks again, or is not waited for any longer. */
  askAgain() {
    if (!this.isFollower) return
    const asked = Date.now()
    this.#channel.postMessage({ type: "again" })
    setTimeout(() => this.#heardAt < asked && this.#leadAlone(), ANSWERS_WITHIN_MS)
  }

  // Resolves when the lock is ours (kept until the tab closes), or with false when it is taken and we do not wait.
  #take(options) {
    return new Promise((resolve) => {
      navigator.locks.request(LOCK, options, (lock) => {
        if (!lock) return resolve(false)
        this.#role = "leader"
        resolve(true)
        return new Promise(() => {})
      })
    })
  }

  #hello() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#channel.postMessage({ type: "hello" })
      setTimeout(() => resolve(null), HELLO_MS)
    })
  }

  #hear(news) {
    if (news.type in FROM_LEADER) this.#heardAt = Date.now()
    if (news.type === "hello" && this.#role === "leader" && this.#cursor) this.#channel.postMessage({ type: "cursor", cursor: this.#cursor })
    if (news.type === "again" && this.#role === "leader") this.#hurried()
    if (news.type === "cursor") for (const resolve of this.#waiting.splice(0)) resolve(news.cursor)
    if (!this.isFollower) return
    if (news.type === "batch") this.#on ? this.#follow(news) : this.#backlog.push(news)
    if (news.type === "contact") this.#on?.contact(news.news)
  }

  #hurried() {
    this.#channel.postMessage({ type: "cursor", cursor: this.#cursor }) // a sign of life
    this.#on?.again()
  }

  // One after the other: while a state is read anew the next batches wait, or its arrival would undo them.
  #follow(news) {
    this.#turn = this.#turn.then(() => this.#apply(news)).catch(() => this.#leadAlone())
  }

  async #apply({ batch, since }) {
    const follows = since === this.#cursor
    this.#cursor = batch.cursor
    if (follows) this.#on.batch(batch)
    else await this.#on.chainBroken()
  }

  // A leader that went silent (frozen by the browser) is not waited for.
  #checkPulse() {
    if (this.isFollower && Date.now() - this.#heardAt > PULSE_SILENCE_MS) this.#leadAlone()
  }

  #leadAlone() {
    if (!this.isFollower) return
    this.#role = "alone"
    this.#on.lead(this.#cursor)
  }
}
