// Do not disturb: chosen in the own menu for a time, or until a moment that its dialog asks for.

import { put } from "../api.js"
import { part, setText } from "../helpers/dom.js"
import { endOf } from "../helpers/ends.js"
import { shortUntil } from "../helpers/time.js"
import { isQuiet } from "../state/people.js"
import { findDialog, onSubmit, showErrors } from "./dialog.js"
import { fillMoment, momentIn } from "./moment_field.js"

const AT = "at"
const NOW = "now"

export class DoNotDisturbDialog {
  #dialog = findDialog("do-not-disturb")
  #form = part(this.#dialog, "form")
  #app

  constructor(app) {
    this.#app = app
    onSubmit(this.#form, async () => {
      await setQuiet(app, momentIn(this.#form.elements.do_not_disturb_until))
      this.#dialog.close()
    })
  }

  open() {
    const { me } = this.#app.store.state
    const field = this.#form.elements.do_not_disturb_until
    showErrors(this.#form, {})
    fillMoment(field, isQuiet(me) ? me.do_not_disturb_until : endOf("morning"))
    this.#dialog.showModal()
    field.focus()
  }
}

/** Wire the choice in the own menu; `leave` puts the menu away before the dialog opens. */
export function wireQuietChoice(select, app, leave) {
  select.addEventListener("change", async () => {
    const { value } = select
    drawQuietChoice(select, app.store.state.me)
    if (value === AT) {
      leave()
      return app.dialogs.doNotDisturb.open()
    }
    return setQuiet(app, endOf(value === "off" ? "" : value)).catch((error) => app.toasts.show(error.detail))
  })
}

/** Let the choice show what holds now: off, or its end. */
export function drawQuietChoice(select, me) {
  const isOn = isQuiet(me)
  const now = select.querySelector(`[value=${NOW}]`)
  now.hidden = now.disabled = !isOn
  setText(now, isOn ? shortUntil(me.do_not_disturb_until) : "")
  setText(select.querySelector("[value=off]"), isOn ? "turn off" : "off")
  select.value = isOn ? NOW : "off"
}

async function setQuiet(app, until) {
  const { me } = await put("/api/me/status", { do_not_disturb_until: until })
  app.store.apply({ kind: "me.changed", data: { me } })
}
