// Dialogs about oneself: profile, password, who sees when one was last here.

import { patch, put } from "../api.js"
import { part } from "../helpers/dom.js"
import { findDialog, onSubmit, showErrors } from "./dialog.js"

const NAMES = ["name", "username", "email"]

export class ProfileDialog {
  #dialog = findDialog("profile")
  #profile = part(this.#dialog, "profile-form")
  #password = part(this.#dialog, "password-form")
  #app

  constructor(app) {
    this.#app = app
    onSubmit(this.#profile, (fields) => this.#save(fields))
    onSubmit(this.#password, (fields) => this.#changePassword(fields))
  }

  open() {
    const { me } = this.#app.store.state
    for (const name of NAMES) this.#profile.elements[name].defaultValue = me[name]
    this.#password.elements.username.defaultValue = me.username
    for (const form of [this.#profile, this.#password]) {
      form.reset()
      showErrors(form, {})
    }
    this.#dialog.showModal()
    this.#profile.elements.name.focus()
  }

  async #save(fields) {
    const { me: before } = this.#app.store.state
    const changes = Object.fromEntries(NAMES.filter((name) => fields.get(name).trim() !== before[name]).map((name) => [name, fields.get(name)]))
    if (Object.keys(changes).length > 0) {
      const { me } = await patch("/api/me", changes)
      this.#app.store.apply({ kind: "me.changed", data: { me } })
      this.#app.toasts.show("Profile saved")
    }
    this.#dialog.close()
  }

  async #changePassword(fields) {
    await put("/api/me/password", { current_password: fields.get("current_password"), new_password: fields.get("new_password") })
    this.#dialog.close()
    this.#app.toasts.show("Password changed; your other devices are signed out")
  }
}

export class PrivacyDialog {
  #dialog = findDialog("privacy")
  #form = part(this.#dialog, "form")
  #app

  constructor(app) {
    this.#app = app
    this.#form.addEventListener("change", () => this.#paint())
    onSubmit(this.#form, (fields) => this.#save(fields))
  }

  open() {
    const { me } = this.#app.store.state
    showErrors(this.#form, {})
    for (const name of ["last_seen_to", "last_seen_precision"]) this.#form.elements[name].value = me[name]
    this.#paint()
    this.#dialog.showModal()
    this.#form.querySelector(":checked").focus()
  }

  // How exactly says nothing where nobody sees it.
  #paint() {
    part(this.#form, "precision").disabled = this.#form.elements.last_seen_to.value === "nobody"
  }

  async #save(fields) {
    const { me } = await put("/api/me/privacy", Object.fromEntries(fields))
    this.#app.store.apply({ kind: "me.changed", data: { me } })
    this.#dialog.close()
    this.#app.readPresence() // what one shows is what one sees
  }
}
