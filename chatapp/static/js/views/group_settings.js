// Settings of a group: its name, leaving it, deleting it.

import { patch, remove } from "../api.js"
import { onActions, part, setText } from "../helpers/dom.js"
import { plural } from "../helpers/text.js"
import { confirm, onSubmit } from "./dialog.js"
import { ServerSettings } from "./server_settings.js"

export class GroupSettings {
  #root
  #app
  #server
  #groupId = null

  constructor(root, app) {
    this.#root = root
    this.#app = app
    this.#server = new ServerSettings(part(root, "server-settings"), app)
    part(root, "rename-name").addEventListener("input", () => this.#paintButton())
    onSubmit(part(root, "rename-form"), () => this.#rename(part(root, "rename-name").value).finally(() => queueMicrotask(() => this.#paintButton())))
    onActions(root, { "leave-group": () => this.#leave(), "delete-group": () => this.#delete() })
  }

  show(groupId) {
    if (groupId === this.#groupId) return
    this.#groupId = groupId
    part(this.#root, "rename-name").value = this.#group()?.name ?? ""
  }

  draw() {
    const group = this.#group()
    if (!group) return
    const isOwner = group.role === "owner"
    const name = part(this.#root, "rename-name")
    if (document.activeElement !== name) name.value = group.name
    name.disabled = !isOwner
    part(this.#root, "rename-button").hidden = !isOwner
    this.#paintButton()
    setText(part(this.#root, "settings-note"), note(group, isOwner))
    this.#server.draw(group)
    part(this.#root, "leave-group").hidden = group.is_primary
    part(this.#root, "delete-group").hidden = group.is_primary || !isOwner
  }

  #paintButton() {
    const wanted = part(this.#root, "rename-name").value.trim()
    part(this.#root, "rename-button").disabled = wanted === "" || wanted === this.#group()?.name
  }

  async #rename(name, { quiet = false } = {}) {
    const before = this.#group().name
    const { group } = await patch(`/api/groups/${this.#groupId}`, { name })
    this.#app.store.apply({ kind: "group.changed", data: { group: { id: group.id, name: group.name } } })
    const undo = () => this.#rename(before, { quiet: true }).catch((error) => this.#app.toasts.show(error.detail))
    if (!quiet) this.#app.toasts.show(`Renamed to ${group.name}`, { undo })
  }

  async #leave() {
    const group = this.#group()
    const text = "You see nothing of it from then on. Someone in it can add you again."
    const sure = await confirm({ title: `Leave ${group.name}?`, text, deed: "Leave group" })
    if (!sure) return
    const path = `/api/groups/${group.id}/members/${this.#app.store.state.me.id}`
    await this.#go(path, { group, kind: "member.removed", words: `You left ${group.name}` })
  }

  async #delete() {
    const group = this.#group()
    const text = `Its messages go for all ${plural(group.member_count, "member")}. This cannot be undone.`
    const sure = await confirm({ title: `Delete ${group.name}?`, text, deed: "Delete group" })
    if (sure) await this.#go(`/api/groups/${group.id}`, { group, kind: "group.deleted", words: `${group.name} was deleted` })
  }

  async #go(path, { group, kind, words }) {
    try {
      await remove(path)
      this.#app.store.apply({ kind, data: { group_id: group.id, user_id: this.#app.store.state.me.id, by_me: true } })
      this.#app.toasts.show(words)
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }

  #group() {
    return this.#app.store.state.groups[this.#groupId]
  }
}

function note(group, isOwner) {
  if (!group.is_primary) return isOwner ? "" : "Only owners rename or delete this group."
  const everyone = "This is the primary group: everyone on this server is in it"
  return isOwner ? `${everyone}. Its owners run the server.` : `${everyone}, and only its owners change it.`
}
