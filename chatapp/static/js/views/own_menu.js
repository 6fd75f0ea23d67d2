// The menu of oneself: status, invisibility, notifications, profile, devices, help, signing out.

import { put, remove } from "../api.js"
import { onActions, part, setAttributes, setText } from "../helpers/dom.js"
import { shortUntil } from "../helpers/time.js"
import { presenceSentence } from "./person.js"
import { closePopover, openPopover, walkWithArrows } from "./popover.js"

export class OwnMenu {
  #menu = document.querySelector('[data-part="own-menu"]')
  #app

  constructor(app) {
    this.#app = app
    const after = (deed) => () => {
      closePopover(this.#menu)
      deed()
    }
    onActions(this.#menu, {
      "set-status": after(() => app.dialogs.status.open()),
      "toggle-invisible": () => this.#toggleInvisible(),
      profile: after(() => app.dialogs.profile.open()),
      devices: after(() => app.dialogs.devices.open()),
      help: after(() => app.dialogs.help.open()),
      "sign-out": () => this.#signOut(),
    })
    const choice = part(this.#menu, "notify-choice")
    choice.addEventListener("change", async () => (choice.value = await app.notifications.choose(choice.value)))
    walkWithArrows(this.#menu)
    app.store.subscribe(() => this.#draw())
  }

  open(anchor) {
    this.#draw()
    openPopover(this.#menu, anchor, { side: "above" })
  }

  #draw() {
    const { state } = this.#app.store
    const { me } = state
    setText(part(this.#menu, "own-menu-name"), me.name)
    setText(part(this.#menu, "own-menu-line"), `@${me.username} · ${presenceSentence(state, { ...state.users[me.id] })}`)
    const ends = me.manual_status && me.manual_status_expires_at ? ` · ${shortUntil(me.manual_status_expires_at)}` : ""
    setText(part(this.#menu, "set-status-label"), me.manual_status ? me.manual_status + ends : "Set a status")
    setAttributes(part(this.#menu, "invisible-item"), { "aria-checked": String(me.invisible) })
    part(this.#menu, "notify-item").hidden = !this.#app.notifications.isPossible
    part(this.#menu, "notify-choice").value = this.#app.notifications.choice
  }

  async #toggleInvisible() {
    const invisible = !this.#app.store.state.me.invisible
    try {
      const { me } = await put("/api/me/status", { invisible })
      this.#app.store.apply({ kind: "me.changed", data: { me } })
      this.#app.readPresence()
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }

  async #signOut() {
    try {
      await remove("/api/session")
    } catch (error) {
      if (error.status !== 401) return this.#app.toasts.show("You are still signed in: the server could not be reached.")
    }
    return location.assign("/sign-in")
  }
}
