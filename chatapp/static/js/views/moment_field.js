// A field that takes a date and a time. What is wrong with it is said under it, before anything is sent.

import { ApiError } from "../api.js"
import { asLocal } from "../helpers/ends.js"

/** Show a moment in the field; what is past is not offered. */
export function fillMoment(field, time) {
  field.min = asLocal(new Date())
  field.defaultValue = asLocal(time)
  field.value = field.defaultValue
}

/** The moment in the field, as the API takes it. Throws what belongs under the field. */
export function momentIn(field, now = Date.now()) {
  const moment = new Date(field.value || NaN)
  if (Number.isNaN(moment.getTime())) throw wrong(field, "Choose a date and a time.")
  if (moment <= now) throw wrong(field, "This moment is in the past.")
  return moment.toISOString()
}

function wrong({ name }, text) {
  return new ApiError(422, { detail: text, errors: { [name]: text } })
}
