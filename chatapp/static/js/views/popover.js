// Menus and cards that open beside what they belong to. The browser's popover gives light dismiss and Esc.

const GAP_PX = 6
const EDGE_PX = 8
// Where menus marked as sheets come up from below instead.
const SHEET = matchMedia("(max-width: 719px), (hover: none)")

/** Open next to the anchor, inside the window; focus returns to the anchor when it closes. */
export function openPopover(popover, anchor, { side = "below" } = {}) {
  if (popover.matches(":popover-open")) return popover.hidePopover()
  popover.showPopover()
  if (popover.hasAttribute("data-sheet") && SHEET.matches) popover.removeAttribute("style")
  else place(popover, anchor.getBoundingClientRect(), side)
  firstItem(popover)?.focus({ preventScroll: true })
  const closed = (event) => {
    if (event.newState !== "closed") return
    popover.removeEventListener("toggle", closed)
    if (popover.contains(document.activeElement) || document.activeElement === document.body) anchor.focus?.({ preventScroll: true })
  }
  popover.addEventListener("toggle", closed)
  return undefined
}

export function closePopover(popover) {
  if (popover.matches(":popover-open")) popover.hidePopover()
}

/** Arrow keys, Home and End move between the items of a menu; a choice in it opens with Space, Enter or Alt+Down. */
export function walkWithArrows(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.altKey) return
    const items = [...menu.querySelectorAll("button:not([hidden]):not([disabled]), select")].filter((item) => item.offsetParent !== null)
    const at = items.indexOf(document.activeElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    items[(next + items.length) % items.length]?.focus()
  })
}

function place(popover, anchor, side) {
  const { offsetWidth: width, offsetHeight: height } = popover
  const below = anchor.bottom + GAP_PX
  const above = anchor.top - GAP_PX - height
  const fitsBelow = below + height <= innerHeight - EDGE_PX
  const top = side === "beside" ? anchor.top : side === "above" ? above : fitsBelow ? below : above
  const left = side === "beside" ? anchor.right + GAP_PX : anchor.left
  popover.style.top = `${clamp(top, innerHeight - height)}px`
  popover.style.left = `${clamp(left, innerWidth - width)}px`
}

function clamp(value, most) {
  return Math.max(EDGE_PX, Math.min(value, most - EDGE_PX))
}

function firstItem(popover) {
  return popover.querySelector("button:not([hidden]):not([disabled])")
}
