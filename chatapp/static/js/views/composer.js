// The field in which messages are written. Enter sends (never while an input method composes), the draft stays.

import { draftOf, keepDraft } from "../drafts.js"
import { part, setAttributes, setText } from "../helpers/dom.js"
import { characters } from "../helpers/text.js"
import { idOf, isGroupKey, person, title } from "../state/conversations.js"

const MOST_CHARACTERS = 10_000
const COUNT_FROM = 9_000

export class Composer {
  #form
  #input
  #app
  #key = null

  /** `on`: {sent(), editLast()} */
  constructor(form, app, on) {
    this.#form = form
    this.#app = app
    this.#input = part(form, "input")
    this.#input.addEventListener("input", () => this.#changed())
    this.#input.addEventListener("keydown", (event) => this.#pressed(event, on))
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#send(on)
    })
    app.store.subscribe((state, previous) => state.groups !== previous.groups || state.users !== previous.users ? this.#name() : null)
  }

  show(key) {
    if (this.#key === key) return
    this.#key = key
    this.#input.value = draftOf(key)
    this.#name()
    this.#fit()
  }

  focus() {
    this.#input.focus()
  }

  /** Typing anywhere else goes in here. */
  get isEmpty() {
    return this.#input.value.trim() === ""
  }

  #name() {
    if (!this.#key) return
    const { state } = this.#app.store
    const isSelf = this.#key === `people/${state.me.id}`
    const closed = !isGroupKey(this.#key) && person(state, idOf(this.#key)).deactivated
    this.#input.disabled = closed
    const words = closed ? "This account is deactivated" : isSelf ? "Write a note to yourself" : `Message ${title(state, this.#key)}`
    setAttributes(this.#input, { placeholder: words, "aria-label": words })
  }

  #changed() {
    keepDraft(this.#key, this.#input.value)
    this.#fit()
  }

  #pressed(event, on) {
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault()
      this.#send(on)
    } else if (event.key === "ArrowUp" && this.#input.value === "" && on.editLast()) event.preventDefault()
  }

  #send(on) {
    const text = this.#input.value
    if (!this.#key || this.isEmpty || characters(text) > MOST_CHARACTERS || this.#input.disabled) return
    this.#app.outbox.send(this.#key, text.replace(/^\n+|\n+$/g, ""))
    this.#input.value = ""
    keepDraft(this.#key, "")
    this.#fit()
    this.#input.focus()
    on.sent()
  }

  #fit() {
    const length = characters(this.#input.value)
    const count = part(this.#form, "count")
    growToFit(this.#input)
    count.hidden = length < COUNT_FROM
    if (!count.hidden) setText(count, `${(MOST_CHARACTERS - length).toLocaleString("en")} left`)
    setAttributes(count, { "data-over": length > MOST_CHARACTERS })
    part(this.#form, "send").disabled = this.isEmpty || length > MOST_CHARACTERS
    setAttributes(this.#form, { "data-empty": this.isEmpty })
  }
}

/** Make a text field as high as its text; the style sheet says how high at most. */
export function growToFit(input) {
  input.style.height = "auto"
  input.style.height = `${input.scrollHeight}px`
}
