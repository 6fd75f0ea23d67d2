// Texts that are cut on screen, whole, beside what has the keyboard's focus. The pointer has the titles; screen readers hear
// the whole text anyway.

const GAP_PX = 4
const EDGE_PX = 8
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
    const [{ left }, { top, bottom }] = [text, target].map((one) => one.getBoundingClientRect())
    const { offsetWidth: width, offsetHeight: height } = this.#tip
    const fitsBelow = bottom + GAP_PX + height <= innerHeight - EDGE_PX
    this.#tip.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`
    this.#tip.style.top = `${fitsBelow ? bottom + GAP_PX : top - GAP_PX - height}px`
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
