// The menu of oneself: status, invisibility, notifications, profile, devices, help, signing out.

import { put, remove } from "../api.js"
import { onActions, part, setAttributes, setText } from "../helpers/dom.js"
import { drawQuietChoice, wireQuietChoice } from "./do_not_disturb.js"
import { presenceSentence, statusSentence } from "./person.js"
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
      "toggle-invisible": () => app.store.state.server.invisible_allowed && this.#toggleInvisible(),
      profile: after(() => app.dialogs.profile.open()),
      privacy: after(() => app.dialogs.privacy.open()),
      devices: after(() => app.router.lay("devices")),
      help: after(() => app.dialogs.help.open()),
      "sign-out": () => this.#signOut(),
    })
    const choice = part(this.#menu, "notify-choice")
    choice.addEventListener("change", async () => (choice.value = await app.notifications.choose(choice.value)))
    wireQuietChoice(part(this.#menu, "quiet-choice"), app, () => closePopover(this.#menu))
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
    setText(part(this.#menu, "set-status-label"), statusSentence(state, me) || "Set a status")
    drawQuietChoice(part(this.#menu, "quiet-choice"), me)
    const isAllowed = state.server.invisible_allowed
    setAttributes(part(this.#menu, "invisible-item"), { "aria-checked": String(me.invisible), "aria-disabled": !isAllowed && "true" })
    setText(part(this.#menu, "invisible-note"), isAllowed ? "You look signed out to everyone" : "The owners of this server do not allow it: everyone sees when you are here")
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
