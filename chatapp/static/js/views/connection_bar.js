// One quiet line under the header while the server cannot be reached.

import { onActions, part, setText } from "../helpers/dom.js"
import { clockTime } from "../helpers/time.js"

export class ConnectionBar {
  #root

  constructor(root, app) {
    this.#root = root
    onActions(root, { "try-again": () => app.tryAgain() })
    app.store.subscribe((state, previous) => state.connection === previous.connection || this.#draw(state.connection))
  }

  #draw({ trouble, last_contact }) {
    this.#root.hidden = !trouble
    const since = last_contact ? ` Last contact at ${clockTime(last_contact)}.` : ""
    if (trouble) setText(part(this.#root, "connection-text"), `Trying to reconnect … messages you send are kept.${since}`)
  }
}
