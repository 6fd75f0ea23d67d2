"""What can be measured of a page: where the focus is and whether it shows, sizes, sideways scrolling."""

MOST_STOPS = 90

FOCUSED = """() => {
  const element = document.activeElement
  const shows = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none"
  }
  const around = element.closest(".composer__field, .switcher__field")  // fields whose frame shows their focus
  const name = element.getAttribute("aria-label") || element.id || element.textContent.trim().slice(0, 40)
  const isShown = shows(element) || Boolean(around && shows(around))
  return { name: `${element.localName}.${element.className}: ${name}`, isBody: element === document.body, shows: isShown }
}"""

TOO_WIDE = """() => {
  const page = document.scrollingElement
  const problems = []
  if (page.scrollWidth > page.clientWidth || document.body.scrollWidth > innerWidth) problems.push("the page scrolls sideways")
  if (page.scrollHeight > innerHeight && !document.querySelector(".door")) problems.push("the page itself scrolls")
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(".visually-hidden")) continue
    const { overflowX } = getComputedStyle(element)
    const scrolls = ["auto", "scroll"].includes(overflowX) && element.scrollWidth > element.clientWidth
    if (scrolls && !element.matches("textarea, input")) problems.push(`${element.className} scrolls sideways`)
  }
  return problems
}"""

# Targets for fingers. Links and buttons inside a sentence are as high as its line.
INLINE = ".message :is(a, .message__author, .message__unfold, .message__avatar), .link-button, .field__reveal, p a"
TOO_SMALL = """(inline) => {
  const modal = [...document.querySelectorAll("dialog[open], :popover-open")].at(-1)
  return [...(modal ?? document).querySelectorAll("button, a[href], select, input, textarea, [role=option]")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((one) => !one.matches(inline) && !one.closest(".visually-hidden, [inert]"))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
    .map(([one, { width, height }]) => `${one.className || one.localName} ${width}×${height}: ${one.getAttribute("aria-label") || one.textContent}`)
}"""


def focused(page):
    """Return {name, isBody, shows} of what has the focus; ``shows``: one can see that it has."""
    return page.evaluate(FOCUSED)


def tab_to(page, target, key="Tab"):
    """Press Tab until the target has the focus; every stop on the way must show its focus. Fails when it is never reached."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        stop = focused(page)
        passed.append(stop["name"])
        assert stop["isBody"] or stop["shows"], f"no visible focus on {stop['name']}"
        if target.count() and target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches it; it stops at {passed}")


def layout_problems(page):
    """Return what scrolls that should not."""
    return page.evaluate(TOO_WIDE)


def small_targets(page):
    """Return the controls that a finger would miss."""
    return page.evaluate(TOO_SMALL, INLINE)
