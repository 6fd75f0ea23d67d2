// What the browser's tab says: the open conversation, the number of unread messages, and a dot on the icon.

import { conversation, orderedKeys, title, unreadOf } from "../state/conversations.js"

const NAME = "Chatapp"

export class TabSign {
  #app
  #icon = document.querySelector('link[rel~="icon"]')
  #plain = this.#icon?.href

  constructor(app) {
    this.#app = app
    app.store.subscribe(() => this.draw())
    app.router.subscribe(() => this.draw())
  }

  draw() {
    const { state } = this.#app.store
    const { key } = this.#app.router.place
    const count = unreadOf(state, orderedKeys(state))
    const place = key && conversation(state, key) ? title(state, key) : ""
    document.title = (count ? `(${count > 99 ? "99+" : count}) ` : "") + (place ? `${place} · ${NAME}` : NAME)
    const wanted = count && this.#icon?.dataset.unread ? this.#icon.dataset.unread : this.#plain
    if (this.#icon && this.#icon.href !== new URL(wanted, location.href).href) this.#icon.href = wanted
  }
}
