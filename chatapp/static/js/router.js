// Which conversation the address names, and moving between them without loading the page anew.

import { keyOfPath } from "./state/conversations.js"

const MESSAGE_HASH = /^#message-(\d+)$/

export class Router {
  #listeners = new Set()
  #place

  constructor() {
    this.#place = read()
    addEventListener("popstate", () => this.#arrive())
    document.addEventListener("click", (event) => this.#followLink(event))
  }

  /** {key, number}: key null is the list of conversations. */
  get place() {
    return this.#place
  }

  subscribe(listener) {
    this.#listeners.add(listener)
  }

  go(key, { number = null, replace = false } = {}) {
    const path = (key ? `/${key}` : "/") + (number ? `#message-${number}` : "")
    if (path !== location.pathname + location.hash) history[replace ? "replaceState" : "pushState"](null, "", path)
    this.#arrive()
  }

  #arrive() {
    this.#place = read()
    for (const listener of this.#listeners) listener(this.#place)
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

function read() {
  return { key: keyOfPath(location.pathname), number: numberOf(location.hash) }
}

function numberOf(hash) {
  const match = MESSAGE_HASH.exec(hash)
  return match ? Number(match[1]) : null
}
