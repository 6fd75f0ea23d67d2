// Small DOM tools. Texts go in as texts, structure comes from <template> elements of the page.

/** A fresh copy of the page's template of that name. */
export function clone(name) {
  const template = document.querySelector(`template[data-template="${name}"]`)
  return template.content.firstElementChild.cloneNode(true)
}

/** The element inside root marked data-part="name"; root itself may be it. */
export function part(root, name) {
  return root.matches?.(`[data-part="${name}"]`) ? root : root.querySelector(`[data-part="${name}"]`)
}

/** Put a text in, touching the DOM only when it changed. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Set or remove attributes: null and false remove, true sets it empty. */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const wanted = value === true ? "" : value
    if (wanted === null || wanted === undefined || wanted === false) element.removeAttribute(name)
    else if (element.getAttribute(name) !== String(wanted)) element.setAttribute(name, wanted)
  }
}

/** An icon of the page's sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use")
  use.setAttribute("href", `#icon-${name}`)
  svg.append(use)
  return svg
}

/**
 * Make the container's children one per item, in order, keeping elements by key.
 * create(item) makes an element, update(element, item) fills it; elements that stay are not moved without need.
 */
export function reconcile(container, items, { key, create, update }) {
  const old = new Map(Array.from(container.children, (child) => [child.dataset.key, child]))
  const elements = items.map((item) => {
    const name = String(key(item))
    const element = old.get(name) ?? create(item)
    old.delete(name)
    element.dataset.key = name
    update(element, item)
    return element
  })
  for (const gone of old.values()) gone.remove()
  let cursor = container.firstElementChild
  for (const element of elements) {
    if (element === cursor) cursor = cursor.nextElementSibling
    else container.insertBefore(element, cursor)
  }
}

/** Call handlers[action](element, event) for clicks on data-action elements inside root. */
export function onActions(root, handlers) {
  root.addEventListener("click", (event) => {
    const element = event.target.closest("[data-action]")
    const handler = element && root.contains(element) ? handlers[element.dataset.action] : null
    if (!handler || element.disabled) return
    event.preventDefault()
    handler(element, event)
  })
}

export function isTyping(element) {
  return Boolean(element?.closest?.("input, textarea, select, [contenteditable]"))
}
