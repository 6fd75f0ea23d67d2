// The panel at the right: members, invites and settings of a group, or who the other person is.

import { onActions, part, setAttributes, setText } from "../helpers/dom.js"
import { conversation, idOf, isGroupKey, person } from "../state/conversations.js"
import { keepSetting, setting } from "../settings.js"
import { GroupSettings } from "./group_settings.js"
import { Invites } from "./invites.js"
import { Members } from "./members.js"
import { drawPerson, personActions } from "./person_card.js"

const WIDE = matchMedia("(min-width: 1100px)")

export class Details {
  #root
  #layout
  #app
  #key = null
  #tab = "members"
  #panels

  constructor(root, layout, app) {
    this.#root = root
    this.#layout = layout
    this.#app = app
    this.#panels = {
      members: new Members(part(root, "members"), app),
      invites: new Invites(part(root, "invites"), app),
      settings: new GroupSettings(part(root, "settings"), app),
    }
    onActions(root, { "close-details": () => this.close(), ...personActions(app, () => idOf(this.#key)) })
    root.querySelector("[role=tablist]").addEventListener("click", (event) => event.target.dataset.tab && this.#choose(event.target.dataset.tab))
    root.querySelector("[role=tablist]").addEventListener("keydown", (event) => this.#walkTabs(event))
    root.addEventListener("keydown", (event) => this.#pressed(event))
    document.addEventListener("pointerdown", (event) => this.#pressedOutside(event))
    WIDE.addEventListener("change", () => this.#set(Boolean(this.#key) && isKept()))
    app.store.subscribe(() => this.draw())
    this.#set(false)
  }

  get isOpen() {
    return this.#layout.dataset.details === "open"
  }

  /** Be about this conversation from now on; about none there is nothing to show. */
  show(key) {
    this.#key = key
    for (const panel of Object.values(this.#panels)) panel.show(key && isGroupKey(key) ? idOf(key) : null)
    this.#set(Boolean(key) && isKept())
  }

  /** Open at a tab, or close when that is what is shown. */
  toggle(tab = this.#tab) {
    const shown = this.isOpen && this.#tab === tab
    this.#choose(tab)
    if (shown) this.close()
    else this.open()
  }

  open() {
    this.#set(true)
    if (WIDE.matches) keepSetting("details", "open")
    else part(this.#root, "details-title").parentElement.querySelector("button").focus()
  }

  close() {
    this.#set(false)
    if (WIDE.matches) keepSetting("details", "closed")
    if (this.#root.contains(document.activeElement)) this.#app.focusComposer()
  }

  /** For the first steps of an empty group: make a link and copy it. */
  async copyNewInvite(button) {
    this.#choose("invites")
    this.open()
    await this.#panels.invites.createAndCopy(button)
  }

  draw() {
    const { state } = this.#app.store
    const isGroup = Boolean(this.#key) && isGroupKey(this.#key)
    const exists = Boolean(this.#key && conversation(state, this.#key))
    part(this.#root, "group-details").hidden = !isGroup || !exists
    part(this.#root, "person-details").hidden = isGroup || !exists
    setText(part(this.#root, "details-title"), isGroup ? "About this group" : "About this person")
    if (!exists || !this.isOpen) return
    if (isGroup) this.#drawTabs()
    else drawPerson(part(this.#root, "person-details"), state, person(state, idOf(this.#key)), { inConversation: true })
  }

  #drawTabs() {
    for (const tab of this.#root.querySelectorAll("[data-tab]")) {
      const chosen = tab.dataset.tab === this.#tab
      setAttributes(tab, { "aria-selected": String(chosen), tabindex: chosen ? "0" : "-1" })
      part(this.#root, tab.dataset.tab).hidden = !chosen
    }
    this.#panels[this.#tab].draw()
  }

  #choose(tab) {
    this.#tab = tab
    this.draw()
    if (this.isOpen) this.#panels[tab].opened?.()
  }

  #walkTabs(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!step) return
    const tabs = [...this.#root.querySelectorAll("[data-tab]")]
    const next = tabs[(tabs.findIndex((tab) => tab.dataset.tab === this.#tab) + step + tabs.length) % tabs.length]
    this.#choose(next.dataset.tab)
    next.focus()
  }

  #pressed(event) {
    if (event.key !== "Escape" || WIDE.matches) return
    event.preventDefault()
    this.close()
  }

  #pressedOutside(event) {
    if (WIDE.matches || !this.isOpen || this.#root.contains(event.target)) return
    if (event.target.closest("dialog, [popover], [data-action=details], [data-action=members]")) return
    this.close()
  }

  #set(open) {
    this.#layout.dataset.details = open ? "open" : "closed"
    this.#root.inert = !open
    this.draw()
    if (open && this.#key && isGroupKey(this.#key)) this.#panels[this.#tab].opened?.()
    this.#app.header?.draw()
  }
}

// Where there is room the details stay as the reader left them; elsewhere they cover the messages and open when asked.
function isKept() {
  return WIDE.matches && setting("details") === "open"
}
