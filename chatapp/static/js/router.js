// Which conversation the address names, and moving between them without loading the page anew. A page about oneself, such
// as /devices, lies above the conversation that was open, and leaving it shows that one again.

import { keyOfPath } from "./state/conversations.js"

const MESSAGE_HASH = /^#message-(\d+)$/
const ABOVE = /^\/(devices)\/?$/

export class Router {
  #listeners = new Set()
  #place = { key: null, number: null, above: null }

  constructor() {
    this.#place = this.#read()
    addEventListener("popstate", () => this.#arrive())
    document.addEventListener("click", (event) => this.#followLink(event))
  }

  /** {key, number, above}: key null is the list of conversations; above: the page that lies over it, or null. */
  get place() {
    return this.#place
  }

  /** listener(place, before) */
  subscribe(listener) {
    this.#listeners.add(listener)
  }

  /** Show a conversation. Under a page that lies above `replace` changes only what will be seen when it is left. */
  go(key, { number = null, replace = false } = {}) {
    if (replace && this.#place.above) return this.#tell({ key, number, above: this.#place.above })
    const path = pathOf(key, number)
    if (path !== location.pathname + location.hash) history[replace ? "replaceState" : "pushState"](null, "", path)
    return this.#arrive()
  }

  /** Lay a page above the conversation. */
  lay(above) {
    history.pushState({ above }, "", `/${above}`)
    this.#arrive()
  }

  /** Leave the page that lies above: back to where it was opened from, whatever the address began with. */
  lift() {
    if (!this.#place.above) return undefined
    if (history.state?.above) return history.back()
    history.replaceState(null, "", pathOf(this.#place.key, this.#place.number))
    return this.#arrive()
  }

  #arrive() {
    this.#tell(this.#read())
  }

  #tell(place) {
    const before = this.#place
    this.#place = place
    for (const listener of this.#listeners) listener(place, before)
  }

  #read() {
    const above = ABOVE.exec(location.pathname)?.[1] ?? null
    if (above) return { ...this.#place, above }
    return { key: keyOfPath(location.pathname), number: numberOf(location.hash), above }
  }

  // Plain clicks on links to conversations; with a modifier key the browser opens its own tab.
  #followLink(event) {
    const link = event.target.closest?.("a[href]")
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const url = new URL(link.href)
    const key = keyOfPath(url.pathname)
    if (url.origin !== location.origin || link.target || !(key || url.pathname === "/")) return
    event.preventDefault()
    this.go(key, { number: numberOf(url.hash) })
  }
}

function pathOf(key, number) {
  return (key ? `/${key}` : "/") + (number ? `#message-${number}` : "")
}

function numberOf(hash) {
  const match = MESSAGE_HASH.exec(hash)
  return match ? Number(match[1]) : null
}
