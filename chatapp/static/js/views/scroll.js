// Keeps the reader's place in a scrolling list: at the end it follows, elsewhere nothing ever jumps.

const END_SLACK_PX = 24

export class Scroll {
  #element
  #follows = true
  #onMove
  #height = 0

  constructor(element, { content, onMove }) {
    this.#element = element
    this.#onMove = onMove
    element.addEventListener("scroll", () => this.#moved(), { passive: true })
    const resized = new ResizeObserver(() => this.#resized())
    resized.observe(element)
    resized.observe(content)
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#element
    return scrollHeight - scrollTop - clientHeight <= END_SLACK_PX
  }

  get fromTop() {
    return this.#element.scrollTop
  }

  get fromEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#element
    return scrollHeight - scrollTop - clientHeight
  }

  /** Does the list stay at its end when something arrives? */
  get follows() {
    return this.#follows
  }

  toEnd() {
    this.#follows = true
    this.#element.scrollTop = this.#element.scrollHeight
  }

  /** Bring a row into view, a third from the top. */
  to(row) {
    this.#follows = false
    this.#element.scrollTop = row.offsetTop - this.#element.clientHeight / 3
    this.#follows = this.isAtEnd
  }

  /** Change the rows while what the reader looks at stays where it is. */
  keep(change) {
    const anchor = this.#follows ? null : this.firstVisible()
    const top = anchor?.getBoundingClientRect().top
    change()
    if (this.#follows) this.toEnd()
    else if (anchor?.isConnected) this.#element.scrollTop += anchor.getBoundingClientRect().top - top
  }

  /** The first row in sight, of those that match. */
  firstVisible(selector = "[data-row]") {
    const edge = this.#element.getBoundingClientRect().top
    const rows = this.#element.querySelectorAll(selector)
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (rows[middle].getBoundingClientRect().bottom > edge) high = middle
      else low = middle + 1
    }
    return rows[low] ?? null
  }

  // Our own growth also scrolls; only the reader's move away from the end ends the following.
  #moved() {
    if (this.#element.scrollHeight === this.#height || this.isAtEnd) this.#follows = this.isAtEnd
    this.#height = this.#element.scrollHeight
    this.#onMove()
  }

  #resized() {
    if (this.#follows) this.toEnd()
    this.#height = this.#element.scrollHeight
  }
}
