// The messages of the open conversation: draws the rows, keeps the place, loads what scrolls into sight.

import { part } from "../helpers/dom.js"
import { conversation, unread } from "../state/conversations.js"
import { hasHole, hasOlder } from "../state/histories.js"
import { timeline } from "../timeline.js"
import { Hole } from "./hole.js"
import { toggleFold } from "./message_row.js"
import { paintPill } from "./pill.js"
import { drawRows, offerTabStop } from "./rows.js"
import { Scroll } from "./scroll.js"
import { Waiting } from "./waiting.js"

const LOAD_PX = 800
const UNLOADED = { messages: [], ahead: [], live: true, stuck: false }

export class MessageList {
  #root
  #rows
  #scroll
  #app
  #key = null
  #newAfter = null
  #placed = false
  #loading = false
  #waiting
  #hole = new Hole(() => this.#draw())

  constructor(root, app) {
    this.#root = root
    this.#app = app
    this.#waiting = new Waiting(root)
    this.#rows = part(root, "rows")
    this.#scroll = new Scroll(part(root, "scroller"), { content: part(root, "content"), onMove: () => this.#moved() })
    app.store.subscribe((state, previous) => this.#changed(state, previous))
    app.outbox.subscribe(() => this.#draw())
    document.addEventListener("visibilitychange", () => this.#look())
    addEventListener("focus", () => this.#look())
    root.addEventListener("click", (event) => this.#clicked(event))
  }

  get key() {
    return this.#key
  }

  /** What the reader looks at: {follows, number}: the end, or the message of that number. */
  get sight() {
    return { follows: this.#scroll.follows, number: Number(this.#scroll.firstVisible("[data-number]")?.dataset.number ?? 0) }
  }

  /** Show a conversation: at a message, at the first unread, or at the end. Returns the error that kept it from loading. */
  async open(key, number = null) {
    const { store, history } = this.#app
    if (key !== this.#key) this.#enter(key)
    if (!store.state.histories[key]) this.#waiting.start()
    try {
      await history.open(key, number)
      await Promise.resolve()
    } catch (error) {
      if (this.#key === key) this.#waiting.fail(error)
      return error
    }
    if (this.#key !== key) return null
    this.#waiting.end()
    this.#draw()
    this.#place(number)
    this.#look()
    return null
  }

  close() {
    this.#key = null
    this.#rows.replaceChildren()
  }

  /** Everything here counts as read from now on, and the line goes. */
  markRead() {
    if (!this.#key) return
    this.#newAfter = null
    this.#app.reading.seen(this.#key)
    this.toEnd()
  }

  async toEnd() {
    const key = this.#key
    const { store, history } = this.#app
    await history.toEnd(key).catch(() => store.apply({ kind: "history.stuck", data: { key, stuck: true } }))
    await Promise.resolve()
    if (key !== this.#key) return
    this.#draw()
    this.#scroll.toEnd()
    this.#look()
  }

  /** The reader sent something: the line goes and the end is shown. */
  sent() {
    this.#newAfter = null
    this.toEnd()
  }

  #enter(key) {
    const open = conversation(this.#app.store.state, key)
    this.#key = key
    this.#placed = false
    this.#newAfter = open && unread(open) > 0 ? open.read_mark : null
    this.#rows.replaceChildren()
    part(this.#root, "pill").hidden = true
    part(this.#root, "intro").hidden = true
    part(this.#root, "older").hidden = true
    this.#waiting.end()
  }

  #changed(state, previous) {
    if (!this.#key) return
    const same = state.histories[this.#key] === previous.histories[this.#key] && state.users === previous.users
    const isLater = state.connection.old !== previous.connection.old // today may be yesterday by now
    if (!same || isLater) this.#draw()
    if (state.connection.last_contact !== previous.connection.last_contact && this.#waiting.isForLine) this.open(this.#key)
    this.#look()
  }

  #draw() {
    const { store, outbox } = this.#app
    const open = this.#key && conversation(store.state, this.#key)
    const pending = outbox.of(this.#key)
    const history = store.state.histories[this.#key] ?? (pending.length > 0 && UNLOADED)
    if (!open || !history) return this.#rows.replaceChildren()
    const { messages, live, ahead, stuck } = history
    const hole = this.#hole.say(history !== UNLOADED && hasHole(history, open), stuck)
    const rows = timeline({ messages, ahead, hole, pending, newAfter: this.#newAfter, me: store.state.me })
    this.#scroll.keep(() => {
      part(this.#root, "older").hidden = !hasOlder(history)
      part(this.#root, "newer").hidden = live || Boolean(hole)
      this.#app.intro.show(this.#key, history !== UNLOADED && !hasOlder(history), rows.length === 0)
      drawRows(this.#rows, rows, store.state)
    })
    offerTabStop(this.#rows)
    return this.#app.people.want([...messages, ...ahead].map((message) => message.sender_id))
  }

  #place(number) {
    const target = number ? this.#rows.querySelector(`[data-number="${number}"]`) : this.#placed ? null : this.#rows.querySelector("[data-row=new]")
    if (target) this.#scroll.to(target)
    else if (!this.#placed) this.#scroll.toEnd()
    if (number && target) this.#flash(target)
    this.#placed = true
  }

  #flash(row) {
    row.toggleAttribute("data-found", true)
    row.focus({ preventScroll: true })
    setTimeout(() => row.removeAttribute("data-found"), 2000)
  }

  // Decide what the reader has seen, and whether the pill and the "New" line belong here.
  #look() {
    const { state } = this.#app.store
    const open = this.#key && conversation(state, this.#key)
    const history = state.histories[this.#key]
    if (!open || !history || !this.#placed) return
    const looking = document.visibilityState === "visible" && document.hasFocus()
    if (looking && history.live && !hasHole(history, open) && this.#scroll.isAtEnd) this.#app.reading.seen(this.#key)
    else if (unread(open) > 0 && this.#newAfter === null) {
      this.#newAfter = open.read_mark
      this.#draw()
    }
    paintPill(part(this.#root, "pill"), { unread: unread(open), live: history.live, scroll: this.#scroll })
  }

  async #moved() {
    this.#look()
    const { store, history } = this.#app
    const loaded = store.state.histories[this.#key]
    if (!loaded || this.#loading || !this.#placed) return
    const older = this.#scroll.fromTop < LOAD_PX && hasOlder(loaded)
    const newer = !loaded.live && this.#scroll.fromEnd < LOAD_PX
    if (!older && !newer) return
    this.#loading = true
    await (older ? history.older(this.#key) : history.newer(this.#key)).catch(() => {})
    this.#loading = false
  }

  #fill() {
    const { store, history } = this.#app
    history.fill(this.#key)
    if (!store.state.histories[this.#key].live) this.toEnd()
  }

  #clicked(event) {
    const action = event.target.closest("[data-action]")?.dataset.action
    const row = event.target.closest("[data-row=message]")
    if (action === "to-end") this.toEnd()
    if (action === "load-again") this.open(this.#key)
    if (action === "fill") this.#fill()
    if (action === "unfold") this.#scroll.keep(() => toggleFold(row))
    if (action === "retry") this.#app.outbox.retry(row.dataset.clientId)
    if (action === "discard") this.#app.outbox.remove(row.dataset.clientId)
  }
}
