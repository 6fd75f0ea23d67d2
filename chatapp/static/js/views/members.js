// The members of a group with presence and last seen. Large groups, whose members the state does not list, come in pages.

import { get, patch, post, remove } from "../api.js"
import { clone, onActions, part, reconcile, setAttributes, setText } from "../helpers/dom.js"
import { rank } from "../helpers/text.js"
import { debounce } from "../helpers/timing.js"
import { person } from "../state/conversations.js"
import { shownName } from "../state/names.js"
import { confirm } from "./dialog.js"
import { presenceSentence, shownStatus, statusSentence } from "./person.js"
import { closePopover, openPopover, walkWithArrows } from "./popover.js"
import { paintPersonSign } from "./sign.js"

const PAGE = 100
const ORDER = ["online", "idle", "away", "unknown", "offline", "invisible", "deactivated"]
const REREAD_MS = 1500

export class Members {
  #root
  #app
  #groupId = null
  #pages = { members: [], more: false }
  #menu = document.querySelector('[data-part="member-menu"]')
  #chosen = null
  #reread = debounce(() => this.#readGroup(), REREAD_MS)

  constructor(root, app) {
    this.#root = root
    this.#app = app
    part(root, "member-filter").addEventListener("input", () => this.draw())
    onActions(root, {
      "add-people": () => app.dialogs.addPeople.open(this.#groupId),
      "more-members": () => this.#load(),
      "member-menu": (button) => this.#openMenu(button),
    })
    onActions(this.#menu, {
      "member-message": () => this.#close(() => app.router.go(`people/${this.#chosen}`)),
      "member-promote": () => this.#close(() => this.#setRole("owner")),
      "member-demote": () => this.#close(() => this.#setRole("member")),
      "member-remove": () => this.#close(() => this.#remove()),
    })
    walkWithArrows(this.#menu)
    app.store.subscribe((state, previous, events) => this.#heard(events))
  }

  show(groupId) {
    if (groupId === this.#groupId) return
    this.#groupId = groupId
    this.#pages = { members: [], more: false }
    part(this.#root, "member-filter").value = ""
  }

  opened() {
    const group = this.#group()
    if (group && !group.members && this.#pages.members.length === 0) this.#load()
    this.#app.readPresence()
  }

  draw() {
    const group = this.#group()
    if (!group) return
    const { state } = this.#app.store
    const wanted = part(this.#root, "member-filter").value
    const known = this.#listed(group).map((member) => ({ ...member, user: person(state, member.user_id) }))
    const members = known.filter(({ user }) => rank(wanted, user.name, user.username) >= 0)
    members.sort((a, b) => order(state, a.user) - order(state, b.user) || a.user.name.localeCompare(b.user.name))
    part(this.#root, "more-members").hidden = Boolean(group.members) || !this.#pages.more
    reconcile(part(this.#root, "member-list"), members, {
      key: (member) => member.user_id,
      create: () => clone("member"),
      update: (element, member) => this.#drawMember(element, member, group),
    })
  }

  #drawMember(element, { user, role }, group) {
    const { state } = this.#app.store
    paintPersonSign(element, state, user)
    setText(part(element, "name"), shownName(state, user) + (user.id === state.me.id ? " (you)" : ""))
    setText(part(element, "line"), user.manual_status || presenceSentence(state, user))
    setAttributes(part(element, "line"), { title: [presenceSentence(state, user), statusSentence(state, user)].filter(Boolean).join(" · ") })
    setAttributes(element, { "data-person": user.id, "data-role": role, "data-dim": ["offline", "deactivated"].includes(shownStatus(state, user)) })
    part(element, "role").hidden = role !== "owner"
    part(element, "more").hidden = group.role !== "owner" || (user.id === state.me.id && role !== "owner")
    setAttributes(part(element, "more"), { "aria-label": `What to do with ${user.name}` })
  }

  #listed(group) {
    return group.members ?? this.#pages.members
  }

  async #load() {
    const groupId = this.#groupId
    const last = this.#pages.members.at(-1)?.user_id
    try {
      const { members, more } = await get(`/api/groups/${groupId}/members`, { after: last, limit: PAGE })
      if (groupId !== this.#groupId) return
      this.#pages = { members: [...this.#pages.members, ...members], more }
      this.#app.store.apply({ kind: "people.loaded", data: { users: members.map((member) => member.user) } })
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }

  #openMenu(button) {
    const row = button.closest("[data-person]")
    const group = this.#group()
    this.#chosen = row.dataset.person
    const isSelf = this.#chosen === this.#app.store.state.me.id
    part(this.#menu, "member-promote").hidden = row.dataset.role === "owner"
    part(this.#menu, "member-demote").hidden = row.dataset.role !== "owner"
    part(this.#menu, "member-remove").hidden = group.is_primary || isSelf
    openPopover(this.#menu, button)
  }

  #close(then) {
    closePopover(this.#menu)
    then()
  }

  async #setRole(role, { quiet = false, id = this.#chosen } = {}) {
    const user = person(this.#app.store.state, id)
    await this.#do(async () => {
      const { member } = await patch(`/api/groups/${this.#groupId}/members/${id}`, { role })
      this.#app.store.apply({ kind: "member.changed", data: { member } })
      this.#pages.members = this.#pages.members.map((other) => (other.user_id === id ? { ...other, role } : other))
      const undo = () => this.#setRole(role === "owner" ? "member" : "owner", { quiet: true, id })
      if (!quiet) this.#app.toasts.show(role === "owner" ? `${user.name} is an owner now` : `${user.name} is no longer an owner`, { undo })
    })
  }

  async #remove() {
    const [groupId, id, group] = [this.#groupId, this.#chosen, this.#group()]
    const user = person(this.#app.store.state, id)
    const text = "They see nothing of this group from then on. What they wrote stays."
    const sure = await confirm({ title: `Remove ${user.name} from ${group.name}?`, text, deed: `Remove ${user.name}` })
    if (!sure) return
    await this.#do(async () => {
      await remove(`/api/groups/${groupId}/members/${id}`)
      this.#app.store.apply({ kind: "member.removed", data: { group_id: groupId, user_id: id } })
      this.#pages.members = this.#pages.members.filter((other) => other.user_id !== id)
      const undo = () => this.#do(() => post(`/api/groups/${groupId}/members`, { user_id: id }))
      this.#app.toasts.show(`${user.name} was removed from ${group.name}`, { undo })
    })
  }

  async #do(deed) {
    try {
      await deed()
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }

  // Of a large group the state knows only the count; it is read anew a moment after somebody came or went.
  #heard(events) {
    const touched = (kind, data) => (kind === "member.added" ? data.member.group_id : kind === "member.removed" ? data.group_id : null)
    const moved = events.some(({ kind, data }) => this.#groupId && touched(kind, data) === this.#groupId)
    if (moved && this.#group() && !this.#group().members) this.#reread()
  }

  async #readGroup() {
    try {
      const { group } = await get(`/api/groups/${this.#groupId}`)
      this.#app.store.apply({ kind: "group.reread", data: { group } })
    } catch (error) {
      if (error.status !== 404) this.#reread()
    }
  }

  #group() {
    return this.#app.store.state.groups[this.#groupId]
  }
}

function order(state, user) {
  const shown = shownStatus(state, user)
  return ORDER.indexOf(["invisible", "dnd"].includes(shown) ? user.auto_status : shown)
}
