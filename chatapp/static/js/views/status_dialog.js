// Set the status text that stands after one's name, with a time at which it clears itself.

import { ApiError, put } from "../api.js"
import { onActions, part, setAttributes, setText } from "../helpers/dom.js"
import { endOf, nextHour } from "../helpers/ends.js"
import { characters, withEmoji } from "../helpers/text.js"
import { findDialog, onSubmit, showErrors } from "./dialog.js"
import { fillMoment, momentIn } from "./moment_field.js"

const MOST_CHARACTERS = 100
const COUNT_FROM = 80
const AT = "at" // the choice of a date and a time

export class StatusDialog {
  #dialog = findDialog("status")
  #form = part(this.#dialog, "form")
  #text = this.#form.elements.manual_status
  #choice = this.#form.elements.clear
  #moment = this.#form.elements.expires_at
  #kept = null // the end that is set now, to the second, which the field does not hold
  #app

  constructor(app) {
    this.#app = app
    onActions(this.#dialog, {
      emoji: (button) => this.#write(withEmoji(this.#text.value, button.textContent)),
      preset: (button) => this.#usePreset(button),
      "clear-status": () => this.#clear(),
    })
    this.#text.addEventListener("input", () => this.#count())
    this.#choice.addEventListener("change", () => this.#offerMoment({ focus: true }))
    onSubmit(this.#form, () => this.#save(this.#text.value.trim()))
  }

  open() {
    if (this.#dialog.open) return
    const { manual_status, manual_status_expires_at: ends } = this.#app.store.state.me
    this.#text.defaultValue = manual_status ?? ""
    this.#form.reset()
    showErrors(this.#form, {})
    this.#kept = manual_status ? ends : null
    fillMoment(this.#moment, this.#kept ?? nextHour())
    this.#choice.value = this.#kept ? (["today", "week"].find((choice) => isSame(endOf(choice), this.#kept)) ?? AT) : ""
    this.#offerMoment()
    this.#count()
    part(this.#dialog, "clear").hidden = !manual_status
    this.#dialog.showModal()
    this.#text.select()
  }

  #usePreset(button) {
    this.#choice.value = button.dataset.clear
    this.#offerMoment()
    this.#write(button.textContent)
  }

  #write(text) {
    this.#text.value = text
    this.#count()
    this.#text.focus()
  }

  #count() {
    const length = characters(this.#text.value.trim())
    const count = part(this.#form, "count")
    count.hidden = length < COUNT_FROM
    setText(count, length > MOST_CHARACTERS ? `${length - MOST_CHARACTERS} too many` : `${MOST_CHARACTERS - length} left`)
    setAttributes(count, { "data-over": length > MOST_CHARACTERS })
  }

  #offerMoment({ focus = false } = {}) {
    const isWanted = this.#choice.value === AT
    part(this.#form, "moment").hidden = !isWanted
    if (isWanted && focus) this.#moment.focus()
  }

  async #save(text) {
    if (characters(text) > MOST_CHARACTERS) throw tooLong()
    await this.#put({ manual_status: text || null, expires_at: text ? this.#end() : null })
    this.#dialog.close()
  }

  #end() {
    if (this.#choice.value !== AT) return endOf(this.#choice.value)
    const moment = momentIn(this.#moment)
    return this.#kept && this.#moment.value === this.#moment.defaultValue ? this.#kept : moment
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

function tooLong() {
  return new ApiError(422, { errors: { manual_status: `A status has at most ${MOST_CHARACTERS} characters.` } })
}

// The server's times may be written with other fractions of a second.
function isSame(one, other) {
  return Math.floor(new Date(one) / 1000) === Math.floor(new Date(other) / 1000)
}
