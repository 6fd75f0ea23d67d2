// Short notes at the bottom left about what happened elsewhere, with Undo where it can be undone, or one other deed.

import { clone, part, setText } from "../helpers/dom.js"

const SHOWN_MS = 5000
const WITH_DEED_MS = 9000
const MOST = 3

export class Toasts {
  #root

  constructor(root) {
    this.#root = root
  }

  /** `action`: {label, run()}; `undo`: the same for a deed that is called Undo; `stays`: until it is put away. */
  show(text, { undo = null, action = undo && { label: "Undo", run: undo }, stays = false } = {}) {
    const toast = clone("toast")
    const close = () => toast.remove()
    setText(part(toast, "text"), text || "That did not work. Try again.")
    part(toast, "action").hidden = !action
    setText(part(toast, "action"), action?.label ?? "")
    part(toast, "action").addEventListener("click", () => {
      close()
      action.run()
    })
    part(toast, "close").addEventListener("click", close)
    if (!stays) this.#closeAfter(toast, close, action ? WITH_DEED_MS : SHOWN_MS)
    this.#root.append(toast)
    while (this.#root.children.length > MOST) this.#root.firstElementChild.remove()
  }

  // What is being read or aimed at stays.
  #closeAfter(toast, close, ms) {
    const later = () => (toast.matches(":hover, :focus-within") ? setTimeout(later, 1000) : close())
    setTimeout(later, ms)
  }
}
