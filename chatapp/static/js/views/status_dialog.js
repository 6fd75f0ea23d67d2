// Set the status text that stands after one's name, with a time at which it clears itself.

import { put } from "../api.js"
import { onActions, part } from "../helpers/dom.js"
import { findDialog, onSubmit, showErrors } from "./dialog.js"

const MINUTE = 60_000
const PRESETS = [
  ["📅 In a meeting", "60"],
  ["🎧 Focusing", "120"],
  ["🍜 Lunch", "60"],
  ["🚆 On the way", "30"],
  ["🤒 Out sick", "today"],
  ["🌴 On holiday", ""],
]

export class StatusDialog {
  #dialog = findDialog("status")
  #form = part(this.#dialog, "form")
  #app

  constructor(app) {
    this.#app = app
    part(this.#dialog, "presets").append(...PRESETS.map(drawPreset))
    onActions(this.#dialog, {
      preset: (button) => this.#fill(button.textContent, button.dataset.clear),
      "clear-status": () => this.#clear(),
    })
    onSubmit(this.#form, (fields) => this.#save(fields.get("manual_status"), fields.get("clear")))
  }

  open() {
    const { me } = this.#app.store.state
    this.#form.reset()
    showErrors(this.#form, {})
    this.#fill(me.manual_status ?? "", "")
    part(this.#dialog, "clear").hidden = !me.manual_status
    this.#dialog.showModal()
    this.#form.elements.manual_status.select()
  }

  #fill(text, clear) {
    this.#form.elements.manual_status.value = text
    this.#form.elements.clear.value = clear
    this.#form.elements.manual_status.focus()
  }

  async #save(text, clear) {
    await this.#put({ manual_status: text.trim() || null, expires_at: text.trim() ? endOf(clear) : null })
    this.#dialog.close()
  }

  async #clear() {
    const { manual_status, manual_status_expires_at: expires_at } = this.#app.store.state.me
    try {
      await this.#put({ manual_status: null, expires_at: null })
      this.#dialog.close()
      this.#app.toasts.show("Status cleared", { undo: () => this.#put({ manual_status, expires_at }).catch((error) => this.#app.toasts.show(error.detail)) })
    } catch (error) {
      showErrors(this.#form, { "": error.detail })
    }
  }

  async #put(status) {
    const { me } = await put("/api/me/status", status)
    this.#app.store.apply({ kind: "me.changed", data: { me } })
  }
}

function drawPreset([text, clear]) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "status__preset"
  button.dataset.action = "preset"
  button.dataset.clear = clear
  button.textContent = text
  return button
}

/** When a chosen period ends, as the API takes it; null is never. */
function endOf(clear, now = new Date()) {
  if (clear === "") return null
  const end = new Date(now)
  if (clear === "today") end.setHours(23, 59, 59, 0)
  else if (clear === "week") {
    end.setDate(end.getDate() + ((7 - end.getDay()) % 7))
    end.setHours(23, 59, 59, 0)
  } else end.setTime(now.getTime() + Number(clear) * MINUTE)
  return end.toISOString()
}
