// The middle of the page: which conversation is shown, or why none is.

import { part, setText } from "../helpers/dom.js"
import { conversation, groupKey, idOf, isGroupKey, sortedGroups } from "../state/conversations.js"
import { keepSetting, setting } from "../settings.js"
import { Composer } from "./composer.js"
import { Editor } from "./editor.js"
import { Header } from "./header.js"
import { Intro } from "./intro.js"
import { MessageList } from "./message_list.js"
import { MessageTools } from "./message_tools.js"

const NARROW = matchMedia("(max-width: 719px)")
const TOUCH = matchMedia("(hover: none)")

export class Stage {
  #layout
  #root
  #app
  #composer
  #shown = null

  constructor(layout, app) {
    this.#layout = layout
    this.#root = part(layout, "conversation")
    this.#app = app
    app.header = new Header(part(this.#root, "header"), app)
    app.intro = new Intro(part(this.#root, "intro"), app)
    const editor = new Editor(app)
    app.messageList = new MessageList(part(this.#root, "message-list"), app)
    const tools = new MessageTools(part(this.#root, "rows"), app, editor)
    this.#composer = new Composer(part(this.#root, "composer"), app, { sent: () => app.messageList.sent(), editLast: () => tools.editLast() })
  }

  /** Show what the address names, from now on. Not before the layout is seen: what is hidden takes no focus. */
  start() {
    const { router, store } = this.#app
    router.subscribe((place, before) => (place.key !== before.key || place.above === before.above) && this.show())
    store.subscribe((state, previous, events) => this.#check(state, previous, events))
    NARROW.addEventListener("change", () => this.show())
    this.show()
  }

  /** Show what the address names. */
  show() {
    const { key, number } = this.#app.router.place
    if (!key && !NARROW.matches) return this.#app.router.go(this.#firstKey(), { replace: true })
    this.#layout.dataset.screen = key ? "conversation" : "list"
    this.#layout.querySelector("[data-part=sidebar]").inert = NARROW.matches && Boolean(key)
    this.#root.inert = NARROW.matches && !key
    if (!key) return this.#leave()
    return this.#enter(key, number)
  }

  focusComposer() {
    if (!TOUCH.matches) this.#composer.focus()
  }

  #enter(key, number) {
    const exists = Boolean(conversation(this.#app.store.state, key))
    this.#explain(exists ? null : key)
    if (!exists) return this.#leave()
    const isAnother = key !== this.#shown
    this.#shown = key
    keepSetting("last", key)
    if (!isGroupKey(key)) this.#app.people.want([idOf(key)])
    this.#app.header.show(key)
    if (isAnother) this.#app.details.show(key)
    this.#composer.show(key)
    if (isAnother && !document.querySelector("dialog[open]")) this.focusComposer()
    return this.#load(key, number, isAnother)
  }

  async #load(key, number, isAnother) {
    const error = await this.#app.messageList.open(key, number)
    if (error?.status === 404 && this.#shown === key) {
      this.#explain(key)
      this.#app.details.show(null)
    } else if (isAnother) this.#app.readPresence()
  }

  #leave() {
    this.#shown = null
    this.#app.details.show(null)
    this.#app.messageList.close()
  }

  // The open group may vanish: left, deleted, or taken away from us; or come.
  #check(state, previous, events) {
    const { key } = this.#app.router.place
    if (!key) return
    const exists = Boolean(conversation(state, key))
    if (this.#shown && !exists) {
      const isOwnDeed = events.some(({ data }) => data.by_me && groupKey(data.group_id) === key)
      if (!isOwnDeed) this.#app.toasts.show(`You are no longer in ${previous.groups[idOf(key)].name}`)
      this.#app.router.go(NARROW.matches ? null : this.#firstKey(), { replace: true })
    } else if (!this.#shown && exists) this.show()
  }

  #explain(key) {
    for (const name of ["header", "message-list", "composer"]) part(this.#root, name).hidden = Boolean(key)
    part(this.#root, "nothing").hidden = !key
    setText(part(this.#root, "nothing-title"), "Nothing here for you")
    setText(part(this.#root, "nothing-text"), isGroupKey(key ?? "") ? "This group was deleted, or you are not a member of it." : "There is nobody behind this address.")
  }

  #firstKey() {
    const { state } = this.#app.store
    const last = setting("last")
    const known = last && (isGroupKey(last) ? state.groups[idOf(last)] : state.directs[idOf(last)])
    return known ? last : groupKey(sortedGroups(state)[0].id)
  }
}
