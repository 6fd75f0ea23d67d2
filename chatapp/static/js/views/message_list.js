// The messages of the open conversation: draws the rows, keeps the place, loads what scrolls into sight.

import { clone, part, reconcile, setText } from "../helpers/dom.js"
import { dayName } from "../helpers/time.js"
import { conversation, unread } from "../state/conversations.js"
import { hasOlder } from "../state/histories.js"
import { timeline } from "../timeline.js"
import { createRow, toggleFold, updateRow } from "./message_row.js"
import { moveTabStop } from "./message_tools.js"
import { paintPill } from "./pill.js"
import { Scroll } from "./scroll.js"
import { Waiting } from "./waiting.js"

const LOAD_PX = 800

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
    await this.#app.history.toEnd(key)
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
    if (!same) this.#draw()
    this.#look()
  }

  #draw() {
    const { store, outbox } = this.#app
    const history = store.state.histories[this.#key]
    if (!this.#key || !history) return
    const pending = history.live ? outbox.of(this.#key) : []
    const rows = timeline({ messages: history.messages, pending, newAfter: this.#newAfter, me: store.state.me })
    this.#scroll.keep(() => {
      part(this.#root, "older").hidden = !hasOlder(history)
      part(this.#root, "newer").hidden = history.live
      this.#app.intro.show(this.#key, !hasOlder(history), rows.length === 0)
      reconcile(this.#rows, rows, { key: (row) => row.key, create, update: (element, row) => this.#update(element, row) })
    })
    this.#offerTabStop()
    this.#app.people.want(history.messages.map((message) => message.sender_id))
  }

  #offerTabStop() {
    const last = [...this.#rows.querySelectorAll("[data-row=message]")].at(-1)
    if (last && !this.#rows.contains(document.activeElement)) moveTabStop(this.#rows, last)
  }

  #update(element, row) {
    if (row.type === "message") updateRow(element, row, this.#app.store.state)
    if (row.type === "day") setText(part(element, "day"), dayName(row.time))
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
    if (looking && history.live && this.#scroll.isAtEnd) this.#app.reading.seen(this.#key)
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

  #clicked(event) {
    const action = event.target.closest("[data-action]")?.dataset.action
    const row = event.target.closest("[data-row=message]")
    if (action === "to-end") this.toEnd()
    if (action === "load-again") this.open(this.#key)
    if (action === "unfold") this.#scroll.keep(() => toggleFold(row))
    if (action === "retry") this.#app.outbox.retry(row.dataset.clientId)
    if (action === "discard") this.#app.outbox.remove(row.dataset.clientId)
  }
}

function create(row) {
  if (row.type === "message") return createRow(row)
  const element = clone(row.type === "day" ? "day" : "new-line")
  element.dataset.row = row.type
  return element
}
