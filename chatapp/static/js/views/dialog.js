// Dialogs: native <dialog>, closed by Esc and by a click outside where nothing is lost; focus returns by itself.

import { part, setText } from "../helpers/dom.js"

/** The dialog of that name, wired once: close buttons and clicks outside. */
export function findDialog(name) {
  const dialog = document.querySelector(`[data-dialog="${name}"]`)
  dialog.addEventListener("click", (event) => {
    const outside = event.target === dialog && !inside(dialog, event)
    if (outside && !hasUnsaved(dialog)) dialog.close()
    if (event.target.closest('[data-action="close-dialog"]')) dialog.close()
  })
  return dialog
}

/** Run the form's deed on submit; errors of the server appear under their fields. */
export function onSubmit(form, deed) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const button = event.submitter ?? form.querySelector('[type="submit"]')
    showErrors(form, {})
    button.disabled = true
    try {
      await deed(new FormData(form))
    } catch (error) {
      if (error.status === undefined) throw error
      showErrors(form, error.errors ?? { "": error.detail })
    } finally {
      button.disabled = false
    }
  })
}

/** Put each text under its field; what belongs to no field goes to the form's own line. */
export function showErrors(form, errors) {
  const rest = []
  const lines = new Map(Array.from(form.querySelectorAll("[data-error]"), (line) => [line.dataset.error, line]))
  for (const [name, line] of lines) say(line, name ? errors[name] : "", form.elements?.[name])
  for (const [name, text] of Object.entries(errors)) if (!name || !lines.has(name)) rest.push(text)
  if (lines.has("")) say(lines.get(""), rest.join(" "))
  form.querySelector("[aria-invalid=true]")?.focus()
}

/** Ask before a deed that cannot be undone; resolves to true when it is confirmed by its name. */
export function confirm({ title, text, deed, quote = "" }) {
  const dialog = document.querySelector('[data-dialog="confirm"]')
  setText(part(dialog, "title"), title)
  setText(part(dialog, "text"), text)
  setText(part(dialog, "deed"), deed)
  setText(part(dialog, "quote"), quote)
  part(dialog, "quote").hidden = quote === ""
  dialog.returnValue = "no"
  dialog.showModal()
  part(dialog, "deed").focus()
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }))
}

function say(line, text, field) {
  line.hidden = !text
  setText(line, text ?? "")
  if (field instanceof HTMLElement) field.setAttribute("aria-invalid", text ? "true" : "false")
}

function inside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect()
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom
}

function hasUnsaved(dialog) {
  return Array.from(dialog.querySelectorAll("form input, form textarea")).some((field) => field.value !== field.defaultValue)
}
