// The small sign in front of a conversation's name: a group's mark or a person's avatar with presence.

import { clone, part } from "../helpers/dom.js"
import { idOf, isGroupKey, person } from "../state/conversations.js"
import { paintAvatar, paintPresence } from "./person.js"

/** Fill `place` with the sign of the conversation, keeping the element while the kind stays. */
export function paintSign(place, state, key) {
  const kind = isGroupKey(key) ? "group" : "person"
  if (place.dataset.kind !== kind) {
    place.replaceChildren(clone(`${kind}-sign`))
    place.dataset.kind = kind
  }
  if (kind === "person") paintPersonSign(place, state, person(state, idOf(key)))
}

export function paintPersonSign(root, state, user) {
  paintAvatar(part(root, "avatar"), user)
  paintPresence(part(root, "presence"), state, user)
}
