// While messages load: skeleton rows after a moment, or why they could not be loaded.

import { part, setText } from "../helpers/dom.js"

const SKELETON_MS = 150

export class Waiting {
  #root
  #timer

  constructor(root) {
    this.#root = root
  }

  start() {
    this.end()
    this.#timer = setTimeout(() => (part(this.#root, "skeleton").hidden = false), SKELETON_MS)
  }

  end() {
    clearTimeout(this.#timer)
    part(this.#root, "skeleton").hidden = true
    part(this.#root, "trouble").hidden = true
  }

  fail(error) {
    this.end()
    const trouble = part(this.#root, "trouble")
    trouble.hidden = false
    setText(part(trouble, "why"), error.detail || "The messages could not be loaded.")
  }
}
