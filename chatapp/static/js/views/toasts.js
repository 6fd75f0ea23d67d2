// Short notes at the bottom left about what happened elsewhere, with Undo where it can be undone.

import { clone, part, setText } from "../helpers/dom.js"

const SHOWN_MS = 5000
const WITH_UNDO_MS = 9000
const MOST = 3

export class Toasts {
  #root

  constructor(root) {
    this.#root = root
  }

  show(text, { undo = null } = {}) {
    const toast = clone("toast")
    const close = () => toast.remove()
    setText(part(toast, "text"), text || "That did not work. Try again.")
    part(toast, "undo").hidden = !undo
    part(toast, "undo").addEventListener("click", () => {
      close()
      undo()
    })
    part(toast, "close").addEventListener("click", close)
    this.#closeAfter(toast, close, undo ? WITH_UNDO_MS : SHOWN_MS)
    this.#root.append(toast)
    while (this.#root.children.length > MOST) this.#root.firstElementChild.remove()
  }

  // What is being read or aimed at stays.
  #closeAfter(toast, close, ms) {
    const later = () => (toast.matches(":hover, :focus-within") ? setTimeout(later, 1000) : close())
    setTimeout(later, ms)
  }
}
