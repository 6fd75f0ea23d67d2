// A list to choose from while typing in a field: arrows move, Enter takes, the pointer may as well.

import { clone, part, reconcile, setAttributes, setText } from "../helpers/dom.js"

export class Choices {
  #field
  #list
  #items = []
  #at = 0
  #draw
  #take

  /** `draw(element, item)` fills a row, again when the store's state changes; `take(item)` is called with the chosen one;
   *  items have a `key`. */
  constructor({ field, list, store, draw, take }) {
    this.#field = field
    this.#list = list
    this.#draw = draw
    this.#take = take
    store.subscribe(() => list.checkVisibility() && this.#drawAgain())
    field.addEventListener("keydown", (event) => this.#pressed(event))
    list.addEventListener("pointerdown", (event) => event.preventDefault())
    list.addEventListener("click", (event) => this.#choose(Array.from(list.children).indexOf(event.target.closest("[role=option]"))))
    list.addEventListener("pointermove", (event) => this.#point(Array.from(list.children).indexOf(event.target.closest("[role=option]"))))
  }

  show(items, { keepPlace = false } = {}) {
    const current = this.#items[this.#at]?.key
    this.#items = items
    reconcile(this.#list, items, { key: (item) => item.key, create: () => clone("choice"), update: (element, item) => this.#draw(element, item) })
    const kept = keepPlace ? items.findIndex((item) => item.key === current) : -1
    this.#at = Math.max(0, kept)
    this.#mark()
  }

  #drawAgain() {
    for (const [at, item] of this.#items.entries()) this.#draw(this.#list.children[at], item)
  }

  #pressed(event) {
    if (event.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && this.#items.length > 0) {
      event.preventDefault()
      this.#at = (this.#at + step + this.#items.length) % this.#items.length
      this.#mark()
      this.#list.children[this.#at].scrollIntoView({ block: "nearest" })
    }
    if (event.key === "Enter") {
      event.preventDefault()
      this.#choose(this.#at)
    }
  }

  #choose(at) {
    if (this.#items[at]) this.#take(this.#items[at])
  }

  #point(at) {
    if (at < 0 || at === this.#at) return
    this.#at = at
    this.#mark()
  }

  #mark() {
    for (const [at, row] of Array.from(this.#list.children).entries()) {
      row.id ||= `${this.#list.id || "choices"}-${row.dataset.key.replace(/\W/g, "-")}`
      setAttributes(row, { "aria-selected": String(at === this.#at) })
    }
    setAttributes(this.#field, { "aria-activedescendant": this.#list.children[this.#at]?.id })
  }
}

/** Fill a row of choices: sign, name, muted line. */
export function fillChoice(element, { name, line, paint }) {
  setText(part(element, "name"), name)
  setText(part(element, "line"), line)
  paint(part(element, "sign"))
}
