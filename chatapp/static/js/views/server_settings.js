// What the owners of the server decide for everyone, shown to all with the settings of the primary group.

import { patch } from "../api.js"
import { onActions, part, setAttributes, setText } from "../helpers/dom.js"
import { confirm } from "./dialog.js"

export class ServerSettings {
  #root
  #app

  constructor(root, app) {
    this.#root = root
    this.#app = app
    onActions(root, { "toggle-invisible-allowed": () => this.#toggle() })
  }

  draw(group) {
    const { me, server } = this.#app.store.state
    this.#root.hidden = !group.is_primary
    const choice = part(this.#root, "invisible-allowed")
    choice.hidden = !me.is_server_owner
    setAttributes(choice, { "aria-checked": String(server.invisible_allowed) })
    setText(part(this.#root, "server-note"), me.is_server_owner ? "" : server.invisible_allowed ? "On this server everyone may be invisible." : "On this server nobody can be invisible: everyone sees who is here.")
  }

  async #toggle() {
    const invisible_allowed = !this.#app.store.state.server.invisible_allowed
    if (!invisible_allowed && !(await sure())) return
    try {
      const { server } = await patch("/api/server", { invisible_allowed })
      this.#app.store.apply({ kind: "server.changed", data: { server } })
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }
}

function sure() {
  const text = "Whoever is invisible now is seen by everyone at once, and is told so. Until you allow it again, nobody can be invisible."
  return confirm({ title: "Turn invisibility off?", text, deed: "Turn it off" })
}
