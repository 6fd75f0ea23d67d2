// What the forms of signed-out pages share: sending, errors where they belong, the password's helpers.

import { ApiError } from "../api.js"
import { strength } from "./strength.js"

const EMPTY = "This cannot be empty."

// Sends a form with `submit(values)`; what is wrong is said under its field, the rest above the form.
export function wire(form, submit) {
  wireReveal(form)
  wireMeter(form)
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    if (form.getAttribute("aria-busy") === "true") return
    clear(form)
    const values = Object.fromEntries(new FormData(form))
    const missing = Object.keys(values).filter((name) => !values[name].trim())
    if (missing.length) return explain(form, Object.fromEntries(missing.map((name) => [name, EMPTY])))
    setBusy(form, true)
    try {
      await submit(values)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setBusy(form, false)
      showError(form, error)
    }
  })
  form.addEventListener("input", (event) => setHelp(event.target, null))
}

// Makes a username from the name, and says which; its own field is shown when somebody wants another one, or must.
export function proposeUsername(form) {
  const { name, username } = form.elements
  const note = form.querySelector("[data-username-note]")
  name.addEventListener("input", () => {
    if (!username.closest("[data-field]").hidden) return
    username.value = asUsername(name.value)
    note.querySelector("[data-username]").textContent = username.value
    note.hidden = username.value === ""
  })
  note.querySelector("[data-change-username]").addEventListener("click", () => {
    reveal(username)
    username.select()
  })
}

function reveal(input) {
  const field = input.closest("[data-field]")
  if (!field.hidden) return
  field.hidden = false
  field.closest("form").querySelector("[data-username-note]").hidden = true
}

export function asUsername(name) {
  const plain = name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
  return plain.replace(/[^a-z0-9]+/g, ".").replace(/^\.+|\.+$/g, "").slice(0, 32)
}

function showError(form, error) {
  const known = Object.fromEntries(Object.entries(error.errors ?? {}).filter(([name]) => form.elements[name]))
  if (Object.keys(known).length) return explain(form, known)
  const place = form.querySelector("[data-error]")
  place.textContent = error.retryAfter ? `${error.detail} (Try again in ${pause(error.retryAfter)}.)` : error.detail
  place.hidden = false
  form.querySelector("input")?.focus()
}

function explain(form, errors) {
  for (const [name, what] of Object.entries(errors)) {
    reveal(form.elements[name])
    setHelp(form.elements[name], what)
  }
  form.elements[Object.keys(errors)[0]].focus()
}

function setHelp(input, error) {
  const help = input.closest?.("[data-field]")?.querySelector("[data-help]")
  if (!help) return
  help.dataset.hint ??= help.textContent
  help.textContent = error ?? help.dataset.hint
  help.className = error ? "field__error" : "field__hint"
  input.setAttribute("aria-invalid", error ? "true" : "false")
}

function clear(form) {
  form.querySelector("[data-error]").hidden = true
  for (const input of form.querySelectorAll("input")) setHelp(input, null)
}

// The button keeps the focus while the form is on its way: a disabled one would lose it.
function setBusy(form, busy) {
  form.setAttribute("aria-busy", String(busy))
  form.querySelector("[type=submit]").setAttribute("aria-disabled", String(busy))
}

function wireReveal(form) {
  for (const button of form.querySelectorAll("[data-reveal]")) {
    const input = form.elements[button.dataset.reveal]
    button.addEventListener("click", () => {
      const shown = input.type === "password"
      input.type = shown ? "text" : "password"
      button.textContent = shown ? "Hide" : "Show"
      button.setAttribute("aria-pressed", String(shown))
      input.focus()
    })
    input.addEventListener("keyup", (event) => {
      if (event.getModifierState?.("CapsLock")) setHelp(input, "Caps Lock is on.")
    })
  }
}

function wireMeter(form) {
  const meter = form.querySelector("[data-meter]")
  const input = form.querySelector("[autocomplete=new-password]")
  if (!meter) return
  form.addEventListener("input", () => {
    const personal = ["name", "username", "email"].map((name) => form.elements[name]?.value ?? "")
    meter.dataset.score = String(strength(input.value, personal))
  })
}

function pause(seconds) {
  return seconds < 90 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`
}
