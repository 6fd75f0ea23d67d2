"""Contrast as WCAG 2 counts it, measured in the page: every visible text and sign against what is really behind it."""

# Initials repeat the name that stands beside them, so those of people who are not here may be dimmed to 3 : 1.
# Disabled controls are left out, as WCAG does: that they fade is what they say.
MEASURE = """async () => {
  const arriving = document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity)
  await Promise.all(arriving.map((one) => one.finished.catch(() => {})))
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true })
  const known = new Map()
  const rgba = (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1)
      pen.fillStyle = colour
      pen.fillRect(0, 0, 1, 1)
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data
      known.set(colour, { rgb: [r, g, b], a: a / 255 })
    }
    return known.get(colour)
  }
  const mix = (top, bottom, a) => top.map((value, at) => value * a + bottom[at] * (1 - a))
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
  const light = (rgb) => rgb.map(linear).reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0)
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a)
    return (high + 0.05) / (low + 0.05)
  }
  // What is painted from the outside in; an element's opacity lets what is behind it through everything inside.
  const painted = (chain, colour, behind) => {
    const [element, ...rest] = chain
    const style = getComputedStyle(element)
    const fill = rgba(style.backgroundColor)
    const ground = mix(fill.rgb, behind, fill.a)
    const inner = rest.length ? painted(rest, colour, ground) : { fore: mix(colour.rgb, ground, colour.a), ground }
    const opacity = parseFloat(style.opacity)
    return { fore: mix(inner.fore, behind, opacity), ground: mix(inner.ground, behind, opacity) }
  }
  const measured = (element, colour) => {
    const chain = []
    for (let one = element; one; one = one.parentElement) chain.unshift(one)
    const { fore, ground } = painted(chain, rgba(colour), [255, 255, 255])
    return ratio(fore, ground)
  }
  const found = []
  const check = (element, what, least, contrast) => {
    const name = element.className.baseVal ?? element.className
    if (contrast < least - 0.01) found.push(`${name} “${what}” ${contrast.toFixed(2)} : 1, wanted ${least}`)
  }
  const root = [...document.querySelectorAll("dialog[open], :popover-open")].at(-1) ?? document.body
  let count = 0
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    if (element.closest(".visually-hidden, option, symbol, :disabled, [aria-disabled=true], [inert]")) continue
    const style = getComputedStyle(element)
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("") || element.value
    count += 1
    if (text) check(element, text, element.closest("[data-dim] .avatar") ? 3 : 4.5, measured(element, style.color))
    else if (element.placeholder) check(element, element.placeholder, 4.5, measured(element, getComputedStyle(element, "::placeholder").color))
    if (element.matches("svg.icon, .sidebar__mark")) check(element, element.firstElementChild.getAttribute("href"), 3, measured(element, style.color))
    if (element.matches(".presence[data-status]")) {
      const before = element.dataset.status
      for (const status of ["online", "idle", "away", "offline", "unknown", "dnd"]) {
        element.dataset.status = status
        const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(element)
        const colour = parseFloat(borderTopWidth) > 0 ? borderTopColor : backgroundColor
        check(element, status, 3, measured(element.parentElement, colour))
      }
      element.dataset.status = before
    }
    if (element.matches(".avatar[data-hue]")) {
      const before = element.dataset.hue
      for (let hue = 1; hue <= 12; hue += 1) {
        element.dataset.hue = hue
        check(element, `hue ${hue}`, element.closest("[data-dim]") ? 3 : 4.5, measured(element, getComputedStyle(element).color))
      }
      element.dataset.hue = before
    }
  }
  return { count, found: [...new Set(found)] }
}"""


def weak_contrasts(page):
    """Return what is too faint on the page, or in its top dialog or menu, in the theme that it shows."""
    measured = page.evaluate(MEASURE)
    assert measured["count"] > 3, f"nothing was measured: {measured}"
    return measured["found"]
