// Choose several people: chips above a field with a list below.

import { clone, onActions, part, reconcile, setAttributes, setText } from "../helpers/dom.js"
import { PeopleSearch } from "../people_search.js"
import { person } from "../state/conversations.js"
import { Choices, fillChoice } from "./choices.js"
import { presenceSentence } from "./person.js"
import { paintSign } from "./sign.js"

let made = 0

export class Picker {
  #root = clone("picker")
  #app
  #search
  #choices
  #chosen = new Map()
  #without = new Set()
  #onChange

  constructor(place, app, onChange = () => {}) {
    made += 1
    this.#app = app
    this.#onChange = onChange
    this.#search = new PeopleSearch(app.store)
    const [field, list] = [part(this.#root, "search"), part(this.#root, "choices")]
    setAttributes(list, { id: `picker-${made}` })
    setAttributes(field, { "aria-controls": list.id, "aria-labelledby": place.dataset.labelledBy })
    place.append(this.#root)
    this.#choices = new Choices({ field, list, store: app.store, draw: (element, { key }) => this.#drawChoice(element, person(app.store.state, key)), take: (user) => this.#pick(user) })
    field.addEventListener("input", () => this.#find())
    field.addEventListener("keydown", (event) => event.key === "Backspace" && field.value === "" && this.#unpick([...this.#chosen.keys()].at(-1)))
    onActions(this.#root, { unpick: (button) => this.#unpick(button.closest("[data-key]").dataset.key) })
  }

  get ids() {
    return [...this.#chosen.keys()]
  }

  get field() {
    return part(this.#root, "search")
  }

  /** Start over; these ids are not offered. */
  clear(without) {
    this.#chosen.clear()
    this.#without = new Set(without)
    this.#changed()
  }

  #find() {
    this.#search.find(this.field.value.trim(), (users) => {
      const offered = users.filter((user) => !this.#without.has(user.id) && !this.#chosen.has(user.id)).map((user) => ({ ...user, key: user.id }))
      this.#choices.show(offered, { keepPlace: true })
      part(this.#root, "none").hidden = offered.length > 0
    })
  }

  #pick(user) {
    this.#chosen.set(user.id, user)
    this.#changed()
    this.field.focus()
  }

  #unpick(id) {
    if (!this.#chosen.delete(id)) return
    this.#changed()
    this.field.focus()
  }

  #changed() {
    this.field.value = ""
    reconcile(part(this.#root, "chosen"), [...this.#chosen.values()], { key: (user) => user.id, create: () => clone("chip"), update: drawChip })
    part(this.#root, "chosen").hidden = this.#chosen.size === 0
    this.#find()
    this.#onChange(this.ids)
  }

  #drawChoice(element, user) {
    const { state } = this.#app.store
    fillChoice(element, { name: user.name, line: `@${user.username}`, paint: (sign) => paintSign(sign, state, `people/${user.id}`) })
    setAttributes(element, { title: presenceSentence(state, user) })
  }
}

function drawChip(element, user) {
  setText(part(element, "name"), user.name)
  setAttributes(part(element, "remove"), { "aria-label": `Take ${user.name} out` })
}
