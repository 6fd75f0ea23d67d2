// Whoever was invisible when the owners turned that off is told that everyone sees them now: on an open page at once, else
// by the next one. The browser remembers who was invisible in it; whoever came back by themself is told nothing.

import { keepSetting, setting } from "./settings.js"

const WAIT_MS = 10_000 // the news that one came back and why may come one after the other

export class VisibleAgain {
  #app
  #timer = null

  constructor(app) {
    this.#app = app
    app.store.subscribe((state, previous) => (state.me === previous.me && state.server === previous.server) || this.#look())
    this.#look()
  }

  #look() {
    const { me, server } = this.#app.store.state
    if (me.invisible) return this.#remember(me.id)
    if (setting("invisible") !== me.id) return undefined
    if (server.invisible_allowed) return (this.#timer ??= setTimeout(() => this.#remember(""), WAIT_MS))
    this.#remember("")
    return this.#app.toasts.show("The owners of this server turned invisibility off. Everyone sees that you are here now.", { stays: true })
  }

  #remember(id) {
    clearTimeout(this.#timer)
    this.#timer = null
    if (setting("invisible") !== id) keepSetting("invisible", id)
  }
}
