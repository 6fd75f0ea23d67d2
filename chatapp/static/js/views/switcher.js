// Jump to a group or a person by a few letters; with nothing typed, unread conversations come first.

import { part, setAttributes } from "../helpers/dom.js"
import { rank } from "../helpers/text.js"
import { PeopleSearch } from "../people_search.js"
import { conversation, idOf, isGroupKey, orderedKeys, person, title, unread } from "../state/conversations.js"
import { Choices, fillChoice } from "./choices.js"
import { findDialog } from "./dialog.js"
import { presenceSentence } from "./person.js"
import { paintBadge } from "./sidebar.js"
import { paintSign } from "./sign.js"

const MOST = 12

export class Switcher {
  #dialog = findDialog("switcher")
  #field = part(this.#dialog, "search")
  #choices
  #search
  #app

  constructor(app) {
    this.#app = app
    this.#search = new PeopleSearch(app.store)
    this.#choices = new Choices({
      field: this.#field,
      list: part(this.#dialog, "choices"),
      store: app.store,
      draw: (element, { key }) => this.#draw(element, key),
      take: ({ key }) => this.#go(key),
    })
    this.#field.addEventListener("input", () => this.#find())
  }

  open() {
    if (this.#dialog.open) return this.#dialog.close()
    this.#field.value = ""
    this.#find()
    this.#dialog.showModal()
    return this.#field.focus()
  }

  #find() {
    const query = this.#field.value.trim()
    if (!query) return this.#show(this.#recent(), false)
    return this.#search.find(query, (users) => this.#show(this.#matches(query, users), true))
  }

  #show(keys, keepPlace) {
    this.#choices.show(keys.slice(0, MOST).map((key) => ({ key })), { keepPlace })
    part(this.#dialog, "none").hidden = keys.length > 0
  }

  #recent() {
    const { state } = this.#app.store
    const others = orderedKeys(state).filter((key) => key !== this.#app.router.place.key)
    return others.sort((a, b) => (unread(conversation(state, b)) > 0) - (unread(conversation(state, a)) > 0))
  }

  #matches(query, users) {
    const { state } = this.#app.store
    const words = (key) => (isGroupKey(key) ? [title(state, key)] : [title(state, key), person(state, idOf(key)).username])
    const keys = [...new Set([...orderedKeys(state), ...users.map((user) => `people/${user.id}`)])]
    const ranked = keys.map((key) => ({ key, rank: rank(query, ...words(key)) })).filter(({ rank: place }) => place >= 0)
    return ranked.sort((a, b) => a.rank - b.rank).map(({ key }) => key)
  }

  #draw(element, key) {
    const { state } = this.#app.store
    const line = isGroupKey(key) ? "" : [`@${person(state, idOf(key)).username}`, presenceSentence(state, person(state, idOf(key)))].join(" · ")
    fillChoice(element, { name: title(state, key), line, paint: (sign) => paintSign(sign, state, key) })
    const count = unread(conversation(state, key) ?? { last_number: 0, read_mark: 0 })
    paintBadge(part(element, "badge"), count)
    setAttributes(element, { "data-unread": count > 0 })
  }

  #go(key) {
    this.#dialog.close()
    this.#app.router.go(key)
    this.#app.focusComposer()
  }
}
