// Copying. The clipboard API does not exist on plain http; there an unseen text field and the old command do it.

export async function copy(text) {
  if (navigator.clipboard && globalThis.isSecureContext) {
    try {
      return await navigator.clipboard.writeText(text)
    } catch {
      // Refused by the browser: the old way may still work.
    }
  }
  return copyBySelection(text)
}

function copyBySelection(text) {
  const field = document.createElement("textarea")
  const focused = document.activeElement
  field.value = text
  field.className = "visually-hidden"
  // Inside an open dialog everything outside it is inert, so the field goes where the focus is.
  ;(focused?.closest("dialog[open], [popover]") ?? document.body).append(field)
  field.select()
  const done = document.execCommand("copy")
  field.remove()
  focused?.focus()
  if (!done) throw new Error("The browser does not allow copying.")
}
