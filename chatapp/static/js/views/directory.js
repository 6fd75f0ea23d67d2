// All people of the server; choosing one opens the conversation with them.

import { part } from "../helpers/dom.js"
import { PeopleSearch } from "../people_search.js"
import { person } from "../state/conversations.js"
import { Choices, fillChoice } from "./choices.js"
import { findDialog } from "./dialog.js"
import { presenceSentence } from "./person.js"
import { paintSign } from "./sign.js"

export class Directory {
  #dialog = findDialog("directory")
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
      draw: (element, user) => this.#draw(element, user),
      take: ({ key }) => this.#go(key),
    })
    this.#field.addEventListener("input", () => this.#find())
  }

  open() {
    this.#field.value = ""
    this.#find()
    this.#dialog.showModal()
    this.#field.focus()
  }

  #find() {
    this.#search.find(this.#field.value.trim(), (users, more) => {
      this.#choices.show(users.map((user) => ({ ...user, key: user.id })), { keepPlace: true })
      part(this.#dialog, "none").hidden = users.length > 0
      part(this.#dialog, "more").hidden = !more
    })
  }

  #draw(element, { key }) {
    const { state } = this.#app.store
    const user = person(state, key)
    const isSelf = user.id === state.me.id
    fillChoice(element, {
      name: user.name + (isSelf ? " (you)" : ""),
      line: [`@${user.username}`, user.manual_status || presenceSentence(state, user)].join(" · "),
      paint: (sign) => paintSign(sign, state, `people/${user.id}`),
    })
  }

  #go(id) {
    this.#dialog.close()
    this.#app.router.go(`people/${id}`)
    this.#app.focusComposer()
  }
}
