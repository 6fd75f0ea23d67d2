// Dialogs about oneself: profile, password, devices.

import { get, patch, put, remove } from "../api.js"
import { clone, onActions, part, reconcile, setText } from "../helpers/dom.js"
import { ago } from "../helpers/time.js"
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

export class DevicesDialog {
  #dialog = findDialog("devices")
  #devices = []
  #app

  constructor(app) {
    this.#app = app
    onActions(this.#dialog, { "end-device": (button) => this.#end(button.closest("[data-key]").dataset.key, button) })
    app.store.subscribe((state, previous, events) => this.#dialog.open && events.some(({ kind }) => kind === "session.ended") && this.#load())
  }

  async open() {
    this.#say("")
    this.#draw()
    this.#dialog.showModal()
    await this.#load()
  }

  async #load() {
    try {
      this.#devices = (await get("/api/me/devices")).devices
      this.#draw()
    } catch (error) {
      this.#say(error.detail)
    }
  }

  #draw() {
    const order = [...this.#devices].sort((a, b) => b.current - a.current || (a.last_used_at < b.last_used_at ? 1 : -1))
    reconcile(part(this.#dialog, "devices"), order, { key: (device) => device.id, create: () => clone("device"), update: drawDevice })
  }

  async #end(id, button) {
    const device = this.#devices.find((other) => other.id === id)
    button.disabled = true
    try {
      await remove(`/api/me/devices/${id}`)
      this.#devices = this.#devices.filter((other) => other.id !== id)
      this.#draw()
      this.#app.toasts.show(device.kind === "token" ? `The token ${device.name} no longer works` : `${device.name} is signed out`)
    } catch (error) {
      button.disabled = false
      this.#say(error.detail)
    }
  }

  #say(text) {
    const line = this.#dialog.querySelector("[data-error]")
    line.hidden = !text
    setText(line, text)
  }
}

function drawDevice(element, device) {
  setText(part(element, "name"), device.name)
  const used = device.current ? "This device, now" : `Last used ${ago(device.last_used_at ?? device.created_at)}`
  setText(part(element, "line"), device.kind === "token" ? `API token · ${used}` : used)
  part(element, "end").hidden = device.current
  setText(part(element, "end"), device.kind === "token" ? "Revoke" : "Sign out")
}
