// Says that a message will not be sent where its row is not to be seen: in another conversation, or in one that is gone.

import { copy } from "../helpers/clipboard.js"
import { conversation, groupKey } from "../state/conversations.js"

export class Unsent {
  #app

  constructor(app) {
    this.#app = app
    app.store.subscribe((state, previous) => state.groups === previous.groups || this.#left(state, previous))
  }

  /** The server refused an outbox item for good. */
  refused(item) {
    const { router, store } = this.#app
    const isSeen = router.place.key === item.key && conversation(store.state, item.key)
    if (!isSeen) this.#say(item)
  }

  #left(state, previous) {
    const gone = Object.keys(previous.groups).filter((id) => !state.groups[id])
    for (const item of gone.flatMap((id) => this.#app.outbox.of(groupKey(id)))) if (item.state === "failed") this.#say(item)
  }

  #say({ place, content, detail }) {
    const { toasts } = this.#app
    const action = { label: "Copy text", run: () => copy(content).then(() => toasts.show("Text copied")) }
    toasts.show(`Your message to ${place} was not sent. ${detail}`, { action })
  }
}
