// Desktop notifications: only after they were chosen in the own menu, only for what is not being looked at, and none while
// one does not want to be disturbed. What comes in a flood, after a time without contact, is one notification.

import { plural } from "./helpers/text.js"
import { idOf, isGroupKey, keyOf, orderedKeys, person, title, unreadOf } from "./state/conversations.js"
import { shownName } from "./state/names.js"
import { isQuiet } from "./state/people.js"
import { keepSetting, setting } from "./settings.js"

const MOST_CHARACTERS = 160
const MOST_AT_ONCE = 3

export class Notifications {
  #app

  constructor(app) {
    this.#app = app
    app.store.subscribe((state, previous, events) => this.#heard(state, events))
  }

  /** Browsers offer them on https and localhost only. */
  get isPossible() {
    return "Notification" in globalThis && globalThis.isSecureContext
  }

  get choice() {
    return this.isPossible && Notification.permission === "granted" ? setting("notify") : "off"
  }

  /** Take a choice; asks the browser's permission when needed. Returns what holds now. */
  async choose(choice) {
    if (choice !== "off" && Notification.permission !== "granted" && (await Notification.requestPermission()) !== "granted") {
      this.#app.toasts.show("Your browser does not allow notifications for this page. Its site settings can change that.")
      return "off"
    }
    keepSetting("notify", choice)
    return choice
  }

  #heard(state, events) {
    if (this.choice === "off" || isQuiet(state.me)) return
    const sent = events.filter(({ kind }) => kind === "message.sent").map(({ data }) => data.message)
    const worth = sent.filter((message) => this.#isWorth(state, message))
    if (worth.length > MOST_AT_ONCE) this.#showFlood(state)
    else for (const message of worth) this.#show(state, keyOf(state.me, message), message)
  }

  #isWorth(state, message) {
    const key = keyOf(state.me, message)
    const isLooking = document.visibilityState === "visible" && document.hasFocus() && this.#app.router.place.key === key
    const isOld = message.number <= (isGroupKey(key) ? state.groups[idOf(key)] : state.directs[idOf(key)])?.read_mark
    if (message.sender_id === state.me.id || isLooking || isOld || !message.content) return false
    return this.choice !== "direct" || !isGroupKey(key)
  }

  #showFlood(state) {
    const keys = orderedKeys(state).filter((key) => this.choice !== "direct" || !isGroupKey(key))
    const note = new Notification(plural(unreadOf(state, keys), "new message"), { tag: "chatapp.flood" })
    note.onclick = () => {
      focus()
      note.close()
    }
  }

  // The tag makes the same message of several tabs one notification.
  #show(state, key, message) {
    const sender = shownName(state, person(state, message.sender_id))
    const heading = isGroupKey(key) ? `${sender} in ${title(state, key)}` : sender
    const note = new Notification(heading, { body: message.content.slice(0, MOST_CHARACTERS), tag: message.id })
    note.onclick = () => {
      focus()
      this.#app.router.go(key, { number: message.number })
      note.close()
    }
  }
}
