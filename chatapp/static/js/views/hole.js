// The mark where messages of the open conversation are missing. Most holes are closed before anybody could read of them.

import { part, setText } from "../helpers/dom.js"

const AFTER_MS = 300
const WORDS = { loading: "Loading messages that were missed …", stuck: "Some messages could not be loaded." }

export class Hole {
  #redraw
  #timer = null
  #isLate = false

  constructor(redraw) {
    this.#redraw = redraw
  }

  /** What to say now: null, "loading" or "stuck". */
  say(isThere, stuck) {
    if (!isThere) this.#forget()
    else if (this.#timer === null) this.#timer = setTimeout(() => this.#late(), AFTER_MS)
    if (stuck) return "stuck"
    return isThere && this.#isLate ? "loading" : null
  }

  #late() {
    this.#isLate = true
    this.#redraw()
  }

  #forget() {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#isLate = false
  }
}

export function drawHole(element, { hole }) {
  element.toggleAttribute("data-stuck", hole === "stuck")
  setText(part(element, "hole-text"), WORDS[hole])
  part(element, "fill").hidden = hole !== "stuck"
}
