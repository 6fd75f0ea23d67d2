// The list of conversations and the card of oneself below it.

import { clone, onActions, part, reconcile, setAttributes, setText } from "../helpers/dom.js"
import { plural } from "../helpers/text.js"
import { conversation, groupKey, idOf, isGroupKey, person, personKey, sortedDirects, sortedGroups, title, unread } from "../state/conversations.js"
import { paintAvatar, paintManualStatus, paintPresence, presenceSentence, shownStatus, statusSentence, statusWord } from "./person.js"
import { paintSign } from "./sign.js"

const MOST_COUNTED = 99

export class Sidebar {
  #root
  #app

  constructor(root, app) {
    this.#root = root
    this.#app = app
    onActions(root, {
      switcher: () => app.dialogs.switcher.open(),
      "new-group": () => app.dialogs.newGroup.open(),
      directory: () => app.dialogs.directory.open(),
      "own-menu": (button) => app.ownMenu.open(button),
    })
    app.store.subscribe((state, previous) => this.#changed(state, previous))
    app.router.subscribe(() => this.draw())
    if (/Mac|iPhone|iPad/.test(navigator.platform)) setText(part(root, "jump-keys"), "⌘ K")
  }

  draw() {
    const { state } = this.#app.store
    const directs = sortedDirects(state).map((direct) => personKey(direct.user_id))
    const { key: open } = this.#app.router.place
    if (open && !isGroupKey(open) && !directs.includes(open) && state.users[idOf(open)]) directs.push(open)
    this.#list("groups", sortedGroups(state).map((group) => groupKey(group.id)))
    this.#list("directs", directs)
    part(this.#root, "no-directs").hidden = directs.length > 0
    this.#drawSelf(state)
  }

  #changed(state, previous) {
    const names = ["groups", "directs", "users", "me", "connection"]
    if (names.some((name) => state[name] !== previous[name])) this.draw()
  }

  #list(name, keys) {
    reconcile(part(this.#root, name), keys, {
      key: (key) => key,
      create: () => clone("conversation-link"),
      update: (element, key) => this.#drawLink(element, key),
    })
  }

  #drawLink(element, key) {
    const { state } = this.#app.store
    const count = unread(conversation(state, key))
    setAttributes(part(element, "link"), { href: `/${key}`, "aria-current": this.#app.router.place.key === key ? "page" : null, "data-unread": count > 0 })
    paintSign(part(element, "sign"), state, key)
    setText(part(element, "name"), title(state, key) + (key === personKey(state.me.id) ? " (you)" : ""))
    if (isGroupKey(key)) part(element, "status").hidden = true
    else paintManualStatus(part(element, "status"), state, person(state, idOf(key)))
    paintBadge(part(element, "badge"), count)
  }

  #drawSelf(state) {
    const self = { ...person(state, state.me.id), ...pick(state.me, ["name", "manual_status"]) }
    paintAvatar(part(this.#root, "own-avatar"), self)
    paintPresence(part(this.#root, "own-presence"), state, self)
    setText(part(this.#root, "own-name"), self.name)
    // Being invisible, or not to be disturbed, is never hidden from oneself behind a status text.
    const shown = shownStatus(state, self)
    const both = [statusWord(shown), self.manual_status].filter(Boolean).join(" · ")
    setText(part(this.#root, "own-status"), ["invisible", "dnd"].includes(shown) ? both : self.manual_status || statusWord(shown))
    setAttributes(part(this.#root, "own-status"), { title: [presenceSentence(state, self), statusSentence(state, self)].filter(Boolean).join(" · ") })
  }
}

/** A count of unread messages, large ones cut. */
export function paintBadge(element, count) {
  element.hidden = count === 0
  setText(element, count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(count || ""))
  setAttributes(element, { "aria-label": count ? plural(count, "unread message") : null })
}

function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]))
}
