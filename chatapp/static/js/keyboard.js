// Keys that work everywhere on the page.

import { isTyping } from "./helpers/dom.js"
import { orderedKeys, unreadKeys } from "./state/conversations.js"

export class Keyboard {
  #app

  constructor(app) {
    this.#app = app
    addEventListener("keydown", (event) => this.#pressed(event))
  }

  #pressed(event) {
    const deed = this.#deed(event)
    if (!deed || event.defaultPrevented || event.isComposing) return
    if (document.querySelector("dialog[open]") && !this.#isSwitcher(event)) return
    event.preventDefault()
    deed()
  }

  #deed(event) {
    const { key, altKey, shiftKey } = event
    const command = event.ctrlKey || event.metaKey
    const plain = !command && !altKey && !isTyping(event.target)
    if (this.#isSwitcher(event) || (plain && key === "/")) return () => this.#app.dialogs.switcher.open()
    if (command && shiftKey && !altKey && key.toLowerCase() === "y") return () => this.#app.dialogs.status.open()
    if (command && !altKey && key === ".") return () => this.#app.details.toggle()
    if (altKey && !command && (key === "ArrowUp" || key === "ArrowDown")) return () => this.#step(key === "ArrowUp" ? -1 : 1, shiftKey)
    if (plain && key === "?") return () => this.#app.dialogs.help.open()
    if (key === "Escape" && !command && !altKey && !document.querySelector(":popover-open")) return () => this.#app.messageList.markRead()
    if (plain && key.length === 1 && key !== " " && !event.target.closest?.("button, a, [data-row]")) return this.#typeIntoComposer(event)
    return null
  }

  #isSwitcher(event) {
    return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k"
  }

  // The letter itself then lands in the composer, because it has the focus by the time it is put in.
  #typeIntoComposer(event) {
    if (!document.querySelector("dialog[open], :popover-open")) this.#app.focusComposer()
    event.stopPropagation()
    return null
  }

  #step(step, onlyUnread) {
    const { state } = this.#app.store
    const { key: open } = this.#app.router.place
    const unread = new Set(unreadKeys(state))
    const all = orderedKeys(state)
    const from = all.indexOf(open)
    for (let moved = 1; moved <= all.length; moved += 1) {
      const key = all[(from + step * moved + all.length * 2) % all.length]
      if (key !== open && (!onlyUnread || unread.has(key))) return this.#app.router.go(key)
    }
    return undefined
  }
}
