// While messages load: skeleton rows after a moment, or why they could not be loaded.

import { part, setText } from "../helpers/dom.js"

const SKELETON_MS = 150

export class Waiting {
  #root
  #timer
  #isForLine = false

  constructor(root) {
    this.#root = root
  }

  /** Did it fail for want of an answer, so that it may work as soon as the server is heard again? */
  get isForLine() {
    return this.#isForLine
  }

  start() {
    this.end()
    this.#timer = setTimeout(() => (part(this.#root, "skeleton").hidden = false), SKELETON_MS)
  }

  end() {
    clearTimeout(this.#timer)
    this.#isForLine = false
    part(this.#root, "skeleton").hidden = true
    part(this.#root, "trouble").hidden = true
  }

  fail(error) {
    this.end()
    this.#isForLine = error.status === 0 || error.status >= 500
    const trouble = part(this.#root, "trouble")
    trouble.hidden = false
    setText(part(trouble, "why"), error.detail || "The messages could not be loaded.")
  }
}
