// The pill above the composer: how many new messages are below, or the way back to the latest.

import { part, setAttributes, setText } from "../helpers/dom.js"
import { plural } from "../helpers/text.js"

const FAR_PX = 300

export function paintPill(pill, { unread, live, scroll }) {
  pill.hidden = unread > 0 ? live && scroll.isAtEnd : live && scroll.fromEnd <= FAR_PX
  setText(part(pill, "label"), unread > 0 ? plural(unread, "new message") : "Latest messages")
  setAttributes(pill, { "data-unread": unread > 0 })
}
