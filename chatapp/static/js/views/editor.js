// Editing a message where it stands.

import { patch } from "../api.js"
import { clone, onActions, part, setText } from "../helpers/dom.js"
import { growToFit } from "./composer.js"

export class Editor {
  #app
  #form = null
  #row = null

  constructor(app) {
    this.#app = app
  }

  get isOpen() {
    return Boolean(this.#form?.isConnected)
  }

  open(row, message) {
    this.close()
    this.#row = row
    this.#form = clone("editor")
    const input = part(this.#form, "edit-input")
    input.value = message.content
    row.toggleAttribute("data-editing", true)
    part(row, "content").after(this.#form)
    input.addEventListener("input", () => growToFit(input))
    input.addEventListener("keydown", (event) => this.#pressed(event))
    onActions(this.#form, { "cancel-edit": () => this.close() })
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#save(message, input.value)
    })
    growToFit(input)
    input.focus()
    input.setSelectionRange(input.value.length, input.value.length)
    row.scrollIntoView({ block: "nearest" })
  }

  close() {
    if (!this.#form) return
    const { isConnected } = this.#form
    this.#form.remove()
    this.#form = null
    this.#row.removeAttribute("data-editing")
    if (isConnected) this.#app.focusComposer()
  }

  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === "Escape") {
      event.preventDefault()
      event.stopPropagation()
      this.close()
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault()
      this.#form.requestSubmit()
    }
  }

  async #save(message, text) {
    const content = text.replace(/^\n+|\n+$/g, "")
    if (content === message.content) return this.close()
    if (content.trim() === "") return this.#say("A message cannot be empty. To take it back, delete it.")
    try {
      const { message: edited } = await patch(`/api/messages/${message.id}`, { content })
      this.#app.store.apply({ kind: "message.edited", data: { message: edited } })
      return this.close()
    } catch (error) {
      return this.#say(error.errors?.content ?? error.detail)
    }
  }

  #say(text) {
    const error = part(this.#form, "edit-error")
    error.hidden = false
    setText(error, text)
  }
}
