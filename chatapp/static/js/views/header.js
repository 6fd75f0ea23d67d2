// The line above the messages: what this conversation is, and the ways to its details.

import { onActions, part, setAttributes, setText } from "../helpers/dom.js"
import { plural } from "../helpers/text.js"
import { conversation, idOf, isGroupKey, person, personKey, title, unread, unreadKeys } from "../state/conversations.js"
import { presenceSentence } from "./person.js"
import { paintSign } from "./sign.js"
import { paintBadge } from "./sidebar.js"

export class Header {
  #root
  #app
  #key = null

  constructor(root, app) {
    this.#root = root
    this.#app = app
    onActions(root, {
      switcher: () => app.dialogs.switcher.open(),
      details: () => app.details.toggle(),
      members: () => app.details.toggle("members"),
    })
    app.store.subscribe(() => this.draw())
  }

  show(key) {
    this.#key = key
    this.draw()
  }

  draw() {
    const { state } = this.#app.store
    const key = this.#key
    if (!key || !conversation(state, key)) return
    paintSign(part(this.#root, "sign"), state, key)
    setText(part(this.#root, "name"), title(state, key))
    const line = isGroupKey(key) ? groupLine(state, idOf(key)) : personLine(state, idOf(key))
    setText(part(this.#root, "line"), line)
    setAttributes(part(this.#root, "line"), { title: line })
    this.#drawMembers(state, key)
    paintBadge(part(this.#root, "back-badge"), othersUnread(state, key))
    setAttributes(part(this.#root, "details-button"), { "aria-expanded": String(this.#app.details.isOpen) })
  }

  #drawMembers(state, key) {
    const button = part(this.#root, "members-button")
    button.hidden = !isGroupKey(key)
    if (button.hidden) return
    const count = state.groups[idOf(key)].member_count
    setText(part(button, "member-count"), count.toLocaleString("en"))
    setAttributes(button, { "aria-label": plural(count, "member"), title: plural(count, "member") })
  }
}

function groupLine(state, id) {
  const group = state.groups[id]
  const members = group.members?.filter((member) => member.user_id !== state.me.id)
  const online = members?.filter((member) => person(state, member.user_id).auto_status === "online").length ?? 0
  if (group.member_count === 1) return "Only you, so far"
  return online && state.connection.presence_known ? `${plural(online, "person", "people")} online` : plural(group.member_count, "member")
}

function personLine(state, id) {
  const user = person(state, id)
  if (id === state.me.id) return "Notes to yourself; nobody else sees them"
  return [presenceSentence(state, user), user.manual_status].filter(Boolean).join(" · ")
}

function othersUnread(state, key) {
  const others = unreadKeys(state).filter((other) => other !== key && other !== personKey(state.me.id))
  return others.reduce((sum, other) => sum + unread(conversation(state, other)), 0)
}
