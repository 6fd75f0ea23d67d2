// Who somebody is: shown in a card beside a name, and in the details of a direct conversation.

import { post, remove } from "../api.js"
import { clone, onActions, part, setText } from "../helpers/dom.js"
import { person } from "../state/conversations.js"
import { confirm } from "./dialog.js"
import { paintAvatar, paintPresence, presenceSentence, statusSentence } from "./person.js"
import { closePopover, openPopover } from "./popover.js"

export class PersonCard {
  #card = document.querySelector('[data-part="person-card"]')
  #app
  #id = null

  constructor(app) {
    this.#app = app
    document.addEventListener("click", (event) => this.#clicked(event))
    onActions(this.#card, personActions(app, () => this.#id, () => closePopover(this.#card)))
    app.store.subscribe(() => this.#card.matches(":popover-open") && this.#draw())
  }

  open(id, anchor) {
    this.#id = id
    this.#app.people.want([id])
    this.#draw()
    openPopover(this.#card, anchor)
    this.#app.readPresence()
  }

  #clicked(event) {
    const button = event.target.closest('[data-action="person"]')
    const id = button?.closest("[data-sender]")?.dataset.sender ?? button?.closest("[data-person]")?.dataset.person
    if (id) this.open(id, button)
  }

  #draw() {
    const { state } = this.#app.store
    drawPerson(this.#card, state, person(state, this.#id), { inConversation: this.#app.router.place.key === `people/${this.#id}` })
  }
}

/** Fill root with who the person is and what can be done. */
export function drawPerson(root, state, user, { inConversation }) {
  if (!root.firstElementChild) root.append(clone("person-card"))
  const isSelf = user.id === state.me.id
  paintAvatar(part(root, "avatar"), user)
  paintPresence(part(root, "presence"), state, user)
  setText(part(root, "name"), user.name)
  setText(part(root, "username"), user.username ? `@${user.username}` : "")
  setText(part(root, "presence-line"), presenceSentence(state, user))
  setText(part(root, "status"), statusSentence(state, user))
  part(root, "status").hidden = !user.manual_status
  setText(part(root, "message"), isSelf ? "Write a note to yourself" : "Message")
  part(root, "message").hidden = inConversation || user.deactivated || user.is_unknown
  part(root, "edit-profile").hidden = !isSelf
  part(root, "deactivate").hidden = !state.me.is_server_owner || isSelf || user.deactivated || Boolean(user.is_unknown)
  part(root, "reactivate").hidden = !state.me.is_server_owner || !user.deactivated
}

/** The deeds of a person's card; `id` says who, `close` puts the card away first. */
export function personActions(app, id, close = () => {}) {
  const act = (deed) => async () => {
    const who = id()
    close()
    try {
      await deed(who)
    } catch (error) {
      app.toasts.show(error.detail)
    }
  }
  return {
    "message-person": act((who) => app.router.go(`people/${who}`)),
    "edit-profile": act(() => app.dialogs.profile.open()),
    deactivate: act((who) => deactivate(app, who)),
    reactivate: act(async (who) => tell(app, await remove(`/api/users/${who}/deactivation`))),
  }
}

async function deactivate(app, id) {
  const { name } = person(app.store.state, id)
  const text = "They are signed out everywhere and cannot sign in. What they wrote stays, and you can reactivate them."
  const sure = await confirm({ title: `Deactivate ${name}?`, text, deed: `Deactivate ${name}` })
  if (sure) tell(app, await post(`/api/users/${id}/deactivation`))
}

function tell(app, { user }) {
  app.store.apply({ kind: "user.changed", data: { user } })
  app.toasts.show(user.deactivated ? `${user.name} was deactivated` : `${user.name} can sign in again`)
}
