// Sign out one device, or all others: the password is asked first, so that a page that was left open is not enough.

import { ApiError, remove } from "../api.js"
import { part, setText } from "../helpers/dom.js"
import { plural } from "../helpers/text.js"
import { findDialog, onSubmit, showErrors } from "./dialog.js"

export class EndDeviceDialog {
  #dialog = findDialog("end-device")
  #form = part(this.#dialog, "form")
  #app
  #path
  #done

  /** `ended()`: called when it is done. */
  constructor(app, ended) {
    this.#app = app
    onSubmit(this.#form, async (fields) => {
      await remove(this.#path, { current_password: fields.get("current_password") }).catch(explain)
      this.#dialog.close()
      app.toasts.show(this.#done)
      await ended()
    })
  }

  /** Ask about these devices; `all`: all but the one that asks. */
  open(devices, { all = false } = {}) {
    const words = all ? aboutAll(devices) : aboutOne(devices[0])
    this.#path = all ? "/api/me/devices" : `/api/me/devices/${devices[0].id}`
    this.#done = words.done
    for (const name of ["title", "text", "deed"]) setText(part(this.#form, name), words[name])
    this.#form.elements.username.defaultValue = this.#app.store.state.me.username
    this.#form.reset()
    showErrors(this.#form, {})
    this.#dialog.showModal()
    this.#form.elements.current_password.focus()
  }
}

function aboutOne({ kind, name }) {
  if (kind === "token") {
    return { title: `Revoke ${name}?`, text: "Scripts that use this token stop working at once.", deed: "Revoke token", done: `The token ${name} no longer works` }
  }
  return { title: `Sign out ${name}?`, text: "It has to sign in again, with your password.", deed: "Sign out", done: `${name} is signed out` }
}

function aboutAll(devices) {
  const tokens = devices.filter(({ kind }) => kind === "token").length
  const text = `They have to sign in again, with your password.${tokens ? ` Among them ${tokens === 1 ? "is" : "are"} ${plural(tokens, "API token")}, which stop${tokens === 1 ? "s" : ""} working.` : ""}`
  return { title: `Sign out ${plural(devices.length, "other device")}?`, text, deed: "Sign out all others", done: "All your other devices are signed out" }
}

// A refusal is about the password, and is said under its field.
function explain(error) {
  if (error.retryAfter) throw told(error, `Too many wrong passwords. Try again in ${pause(error.retryAfter)}.`)
  if (error.code === "bad_credentials") throw told(error, error.errors?.current_password ?? "This is not your password.")
  if (error.status !== 404) throw error // somebody else ended it already: that is what was wanted
}

function told(error, text) {
  return new ApiError(error.status, { code: error.code, detail: error.detail, errors: { current_password: text } })
}

function pause(seconds) {
  return seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
