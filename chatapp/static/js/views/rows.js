// Draws the rows of the message list: one element per row, kept as long as the row is there.

import { clone, part, reconcile, setText } from "../helpers/dom.js"
import { dayName } from "../helpers/time.js"
import { drawHole } from "./hole.js"
import { createRow, updateRow } from "./message_row.js"
import { moveTabStop } from "./message_tools.js"

const TEMPLATES = { day: "day", new: "new-line", hole: "hole" }

/** Make the container show what timeline() says. */
export function drawRows(container, rows, state) {
  reconcile(container, rows, { key: (row) => row.key, create, update: (element, row) => update(element, row, state) })
}

/** Let Tab reach the last message, unless the focus is among the rows already. */
export function offerTabStop(container) {
  const last = [...container.querySelectorAll("[data-row=message]")].at(-1)
  if (last && !container.contains(document.activeElement)) moveTabStop(container, last)
}

function create(row) {
  if (row.type === "message") return createRow(row)
  const element = clone(TEMPLATES[row.type])
  element.dataset.row = row.type
  return element
}

function update(element, row, state) {
  if (row.type === "message") updateRow(element, row, state)
  if (row.type === "day") setText(part(element, "day"), dayName(row.time))
  if (row.type === "hole") drawHole(element, row)
}
