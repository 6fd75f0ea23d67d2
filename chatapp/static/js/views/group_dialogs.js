// Dialogs that make a group and add people to one.

import { post } from "../api.js"
import { part, setText } from "../helpers/dom.js"
import { plural } from "../helpers/text.js"
import { person } from "../state/conversations.js"
import { findDialog, onSubmit, showErrors } from "./dialog.js"
import { Picker } from "./picker.js"

export class NewGroupDialog {
  #dialog = findDialog("new-group")
  #picker
  #app

  constructor(app) {
    this.#app = app
    this.#picker = new Picker(part(this.#dialog, "picker"), app)
    onSubmit(part(this.#dialog, "form"), (fields) => this.#create(fields.get("name")))
  }

  open() {
    const form = part(this.#dialog, "form")
    form.reset()
    showErrors(form, {})
    this.#picker.clear([this.#app.store.state.me.id])
    this.#dialog.showModal()
    form.elements.name.focus()
  }

  async #create(name) {
    const { group } = await post("/api/groups", { name, member_ids: this.#picker.ids })
    this.#app.store.apply({ kind: "group.joined", data: { group, users: [] } })
    this.#dialog.close()
    this.#app.router.go(`groups/${group.id}`)
    this.#app.focusComposer()
  }
}

export class AddPeopleDialog {
  #dialog = findDialog("add-people")
  #picker
  #app
  #group = null

  constructor(app) {
    this.#app = app
    const submit = this.#dialog.querySelector("[type=submit]")
    this.#picker = new Picker(part(this.#dialog, "picker"), app, (ids) => {
      submit.disabled = ids.length === 0
      setText(submit, ids.length > 1 ? `Add ${ids.length} people` : "Add")
    })
    onSubmit(part(this.#dialog, "form"), () => this.#add())
  }

  open(groupId) {
    this.#group = this.#app.store.state.groups[groupId]
    setText(part(this.#dialog, "group-name"), this.#group.name)
    showErrors(part(this.#dialog, "form"), {})
    this.#picker.clear((this.#group.members ?? []).map((member) => member.user_id))
    this.#dialog.showModal()
    this.#picker.field.focus()
  }

  async #add() {
    const { state } = this.#app.store
    const ids = this.#picker.ids
    for (const id of ids) {
      const { member } = await post(`/api/groups/${this.#group.id}/members`, { user_id: id })
      this.#app.store.apply({ kind: "member.added", data: { member, user: person(state, id) } })
    }
    this.#dialog.close()
    const who = ids.length === 1 ? person(state, ids[0]).name : plural(ids.length, "person", "people")
    this.#app.toasts.show(`${who} ${ids.length === 1 ? "is" : "are"} in ${this.#group.name} now`)
  }
}
