// Invite links of a group: make one with a lifetime, copy, revoke.

import { get, post, remove } from "../api.js"
import { copy } from "../helpers/clipboard.js"
import { clone, onActions, part, reconcile, setAttributes, setText } from "../helpers/dom.js"
import { ago, fullTime, until } from "../helpers/time.js"
import { person } from "../state/conversations.js"
import { confirm } from "./dialog.js"

const COPIED_MS = 2000
const WEEK_SECONDS = 7 * 24 * 3600

export class Invites {
  #root
  #app
  #groupId = null
  #invites = null
  #news = new Map() // id → an invite that came, or null for one that went, while the list was on its way
  #turn = 0

  constructor(root, app) {
    this.#root = root
    this.#app = app
    part(root, "invite-form").addEventListener("submit", (event) => {
      event.preventDefault()
      this.#create(Number(part(root, "invite-lifetime").value), event.submitter)
    })
    onActions(root, {
      "copy-invite": (button) => copyWithWord(button, linkOf(button.closest("[data-invite]").dataset.invite)),
      "revoke-invite": (button) => this.#revoke(button.closest("[data-invite]").dataset.invite),
    })
    app.store.subscribe((state, previous, events) => this.#heard(events))
  }

  show(groupId) {
    if (groupId === this.#groupId) return
    this.#groupId = groupId
    this.#invites = null
    this.#turn += 1
  }

  async opened() {
    this.#turn += 1
    const turn = this.#turn
    this.#news.clear()
    try {
      const { invites } = await get(`/api/groups/${this.#groupId}/invites`)
      if (turn !== this.#turn) return
      const known = new Map(invites.map((invite) => [invite.id, invite]))
      for (const [id, invite] of this.#news) invite ? known.set(id, invite) : known.delete(id)
      this.#invites = [...known.values()]
      this.draw()
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }

  draw() {
    const { state } = this.#app.store
    const open = (this.#invites ?? []).filter((invite) => new Date(invite.expires_at) > Date.now())
    setText(part(this.#root, "invite-group"), state.groups[this.#groupId]?.name ?? "")
    part(this.#root, "no-invites").hidden = this.#invites === null || open.length > 0
    const newestFirst = [...open].sort((a, b) => (a.created_at < b.created_at ? 1 : -1))
    reconcile(part(this.#root, "invite-list"), newestFirst, {
      key: (invite) => invite.id,
      create: () => clone("invite"),
      update: (element, invite) => this.#drawInvite(element, invite),
    })
  }

  /** Make a link for a week and copy it; the button says so. */
  async createAndCopy(button) {
    const invite = await this.#create(WEEK_SECONDS, button)
    if (invite) await copyWithWord(button, linkOf(invite.id))
  }

  #drawInvite(element, invite) {
    const maker = invite.created_by ? person(this.#app.store.state, invite.created_by) : null
    this.#app.people.want([invite.created_by])
    setAttributes(element, { "data-invite": invite.id })
    part(element, "link").value = linkOf(invite.id)
    setText(part(element, "line"), `Ends ${until(invite.expires_at)}`)
    const made = maker ? `Made by ${maker.name} ${ago(invite.created_at)}` : `Made ${ago(invite.created_at)}`
    setAttributes(part(element, "line"), { title: `${made}, works until ${fullTime(invite.expires_at)}` })
  }

  async #create(seconds, button) {
    button.disabled = true
    try {
      const { invite } = await post(`/api/groups/${this.#groupId}/invites`, { expires_in: seconds })
      this.#add(invite)
      return invite
    } catch (error) {
      this.#app.toasts.show(error.detail)
      return null
    } finally {
      button.disabled = false
    }
  }

  async #revoke(id) {
    const text = "Whoever still has it can no longer join with it. Those who joined stay."
    const sure = await confirm({ title: "Revoke this invite link?", text, deed: "Revoke link" })
    if (!sure) return
    try {
      await remove(`/api/invites/${id}`)
      this.#drop(id)
    } catch (error) {
      this.#app.toasts.show(error.detail)
    }
  }

  #heard(events) {
    for (const { kind, data } of events) {
      if (kind === "invite.created" && data.invite.group_id === this.#groupId) this.#add(data.invite)
      if (kind === "invite.revoked" && data.group_id === this.#groupId) this.#drop(data.invite_id)
    }
  }

  #add(invite) {
    this.#drop(invite.id)
    this.#news.set(invite.id, invite)
    this.#invites = [...(this.#invites ?? []), invite]
    this.draw()
  }

  #drop(id) {
    this.#news.set(id, null)
    this.#invites = this.#invites?.filter((invite) => invite.id !== id) ?? null
    this.draw()
  }
}

/** Copy and let the button say so for a moment. */
export async function copyWithWord(button, text) {
  const before = [...button.childNodes]
  try {
    await copy(text)
    button.replaceChildren("Copied")
  } catch {
    button.replaceChildren("Press Ctrl+C")
    button.closest("[data-invite]")?.querySelector("input").select()
  }
  setTimeout(() => button.replaceChildren(...before), COPIED_MS)
}

function linkOf(id) {
  return `${location.origin}/join/${id}`
}
