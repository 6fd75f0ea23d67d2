// Texts that are cut on screen, whole, beside what has the keyboard's focus. The pointer has the titles; screen readers hear
// the whole text anyway.

const CUT = "[data-part=status], [data-part=line], [data-part=own-status]"

export class Tip {
  #tip

  constructor(tip) {
    this.#tip = tip
    document.addEventListener("focusin", ({ target }) => this.#show(target))
    document.addEventListener("focusout", () => this.#hide())
    document.addEventListener("scroll", () => this.#hide(), { capture: true, passive: true })
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#hide())
  }

  #show(target) {
    this.#hide()
    const text = target.matches(":focus-visible") && cutText(target)
    if (!text) return
    this.#tip.textContent = text.title || text.textContent
    this.#tip.hidden = false
    const box = text.getBoundingClientRect()
    const left = Math.min(box.left, innerWidth - this.#tip.offsetWidth - 8)
    const below = box.bottom + 4
    const top = below + this.#tip.offsetHeight > innerHeight - 8 ? box.top - this.#tip.offsetHeight - 4 : below
    this.#tip.style.left = `${Math.max(8, left)}px`
    this.#tip.style.top = `${top}px`
  }

  #hide() {
    this.#tip.hidden = true
  }
}

// In what has the focus, or, for an author's name, right beside it.
function cutText(target) {
  const beside = target.matches("[data-part=author]") ? target.parentElement : target
  const texts = Array.from(beside.querySelectorAll(CUT))
  return texts.find((text) => text.checkVisibility() && (text.scrollWidth > text.clientWidth || text.title.length > text.textContent.length))
}
