// One quiet line under the header while the server cannot be reached, or while what is shown may be old.

import { onActions, part, setText } from "../helpers/dom.js"
import { ago, clockTime, dayOf } from "../helpers/time.js"

export class ConnectionBar {
  #root

  constructor(root, app) {
    this.#root = root
    onActions(root, { "try-again": () => app.tryAgain() })
    app.store.subscribe((state, previous) => state.connection === previous.connection || this.#draw(state.connection))
  }

  #draw({ trouble, old, last_contact }) {
    this.#root.hidden = !trouble && !old
    if (this.#root.hidden) return
    const doing = trouble ? "Trying to reconnect … messages you send are kept." : "Getting what is new …"
    const warning = old ? "What you see may be old: last" : "Last"
    setText(part(this.#root, "connection-text"), `${doing} ${warning} contact ${when(last_contact)}.`)
  }
}

function when(time) {
  return dayOf(time) === dayOf(Date.now()) ? `at ${clockTime(time)}` : ago(time)
}
