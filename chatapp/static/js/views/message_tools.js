// What can be done with one message: a small toolbar at the row that is hovered or focused, a menu on long press.

import { remove } from "../api.js"
import { copy } from "../helpers/clipboard.js"
import { clone, isTyping, part } from "../helpers/dom.js"
import { confirm } from "./dialog.js"
import { onLongPress } from "./long_press.js"
import { closePopover, openPopover } from "./popover.js"

const EDITABLE = new Set(["edit", "delete"])

export class MessageTools {
  #list
  #app
  #editor
  #bar = clone("tools")
  #menu = document.querySelector('[data-part="message-menu"]')
  #menuRow = null

  constructor(list, app, editor) {
    this.#list = list
    this.#app = app
    this.#editor = editor
    list.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#attach(rowOf(event.target)))
    list.addEventListener("focusin", (event) => this.#focused(rowOf(event.target)))
    list.addEventListener("pointerleave", () => this.#bar.contains(document.activeElement) || this.#bar.remove())
    list.addEventListener("click", (event) => this.#clicked(event, rowOf(event.target)))
    list.addEventListener("keydown", (event) => this.#pressed(event))
    this.#menu.addEventListener("click", (event) => this.#clicked(event, this.#menuRow))
    this.#menu.addEventListener("keydown", (event) => event.key === "Escape" && closePopover(this.#menu))
    onLongPress(list, (target) => this.#openMenu(rowOf(target)))
  }

  /** Edit one's own last message; true if there is one. */
  editLast() {
    const { store } = this.#app
    const messages = store.state.histories[this.#app.router.place.key]?.messages ?? []
    const own = messages.findLast((message) => message.sender_id === store.state.me.id && !message.deleted_at)
    const row = own && this.#list.querySelector(`[data-message-id="${own.id}"]`)
    if (row) this.#editor.open(row, own)
    return Boolean(row)
  }

  #focused(row) {
    if (!row) return
    moveTabStop(this.#list, row)
    this.#attach(row)
  }

  #attach(row) {
    if (!row) return undefined
    if (!row.dataset.messageId || row.hasAttribute("data-deleted") || row.hasAttribute("data-editing")) return this.#bar.remove()
    if (this.#bar.parentElement === row) return undefined
    this.#allow(this.#bar, row)
    return row.append(this.#bar)
  }

  #allow(tools, row) {
    const isOwn = row.dataset.sender === this.#app.store.state.me.id
    for (const button of tools.querySelectorAll("[data-tool]")) button.hidden = EDITABLE.has(button.dataset.tool) && !isOwn
  }

  #clicked(event, row) {
    const button = event.target.closest("[data-tool]")
    if (!button || !row) return
    this.#run(button.dataset.tool, row)
    closePopover(this.#menu)
  }

  #run(tool, row) {
    const message = this.#messageOf(row)
    if (!message || message.deleted_at) return
    if (tool === "edit") this.#editor.open(row, message)
    if (tool === "copy-text") copy(message.content).then(() => this.#app.toasts.show("Text copied"))
    if (tool === "copy-link") copy(`${location.origin}${location.pathname}#message-${message.number}`).then(() => this.#app.toasts.show("Link copied"))
    if (tool === "delete") this.#delete(message)
  }

  async #delete(message) {
    const text = "It goes for everyone and cannot be brought back."
    const sure = await confirm({ title: "Delete this message?", text, quote: message.content, deed: "Delete message" })
    if (!sure) return
    try {
      const { message: gone } = await remove(`/api/messages/${message.id}`)
      this.#app.store.apply({ kind: "message.deleted", data: { message: gone } })
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }

  // On a focused row: arrows walk, letters act.
  #pressed(event) {
    const row = event.target.closest("[data-row=message]")
    if (!row || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    const tool = { e: "edit", c: "copy-text", Delete: "delete", Backspace: "delete" }[event.key]
    const isOwn = row.dataset.sender === this.#app.store.state.me.id
    if (!step && (!tool || (EDITABLE.has(tool) && !isOwn))) return
    event.preventDefault()
    if (step) this.#walk(row, step)
    else this.#run(tool, row)
  }

  #walk(row, step) {
    const rows = [...this.#list.querySelectorAll("[data-row=message]")]
    const next = rows[rows.indexOf(row) + step]
    if (next) next.focus()
    else if (step > 0) this.#app.focusComposer()
  }

  // A popover of the "auto" kind would be closed by the lift of the finger that opened it, so this one is "manual".
  #openMenu(row) {
    if (!row?.dataset.messageId || row.hasAttribute("data-deleted")) return false
    this.#menuRow = row
    this.#allow(this.#menu, row)
    openPopover(this.#menu, part(row, "content"))
    const outside = (event) => {
      if (this.#menu.contains(event.target)) return
      document.removeEventListener("pointerdown", outside, true)
      closePopover(this.#menu)
    }
    document.addEventListener("pointerdown", outside, true)
    return true
  }

  #messageOf(row) {
    return this.#app.store.state.histories[this.#app.router.place.key]?.messages.find((message) => message.id === row.dataset.messageId)
  }
}

function rowOf(element) {
  return element.closest?.("[data-row=message]")
}

/** One row at a time is reached by Tab, with all that is in it; arrows move on from there. */
export function moveTabStop(list, row) {
  for (const before of list.querySelectorAll('[data-row=message][tabindex="0"]')) if (before !== row) setTabStop(before, "-1")
  setTabStop(row, "0")
}

function setTabStop(row, value) {
  for (const element of [row, ...row.querySelectorAll("[data-roving]")]) element.setAttribute("tabindex", value)
}
