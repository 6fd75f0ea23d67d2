// What stands above the first message: what this place is and, while it is empty, the first steps.

import { clone, onActions, part, setText } from "../helpers/dom.js"
import { fullTime } from "../helpers/time.js"
import { idOf, isGroupKey, person } from "../state/conversations.js"
import { paintSign } from "./sign.js"

export class Intro {
  #root
  #app

  constructor(root, app) {
    this.#root = root
    this.#app = app
    onActions(root, {
      "intro-invite": (button) => app.details.copyNewInvite(button),
      "intro-add": () => app.dialogs.addPeople.open(idOf(app.router.place.key)),
      "set-status": () => app.dialogs.status.open(),
    })
  }

  show(key, reachesStart, isEmpty) {
    this.#root.hidden = !reachesStart
    if (!reachesStart) return
    if (!this.#root.firstElementChild) this.#root.append(clone("intro"))
    const { state } = this.#app.store
    paintSign(part(this.#root, "sign"), state, key)
    const words = isGroupKey(key) ? aboutGroup(state.groups[idOf(key)], state) : aboutPerson(person(state, idOf(key)), state)
    setText(part(this.#root, "title"), words.title)
    setText(part(this.#root, "text"), words.text)
    this.#offer(isGroupKey(key) ? state.groups[idOf(key)] : null, isEmpty)
  }

  #offer(group, isEmpty) {
    const young = Boolean(group) && (isEmpty || group.member_count === 1)
    part(this.#root, "steps").hidden = !young
    part(this.#root, "step-add").hidden = !group || group.is_primary
    part(this.#root, "step-status").hidden = !group?.is_primary
  }
}

function aboutGroup(group, state) {
  if (!group) return { title: "", text: "" }
  if (group.is_primary) {
    const alone = group.member_count === 1
    return {
      title: `Welcome to ${group.name}`,
      text: alone
        ? "Everyone who joins this server starts here. Invite your team with a link, then write the first message: it is there for all who come later."
        : "Everyone on this server is here, and everyone can read what was said from the first message on.",
    }
  }
  const made = `This is the beginning of ${group.name}, made on ${fullTime(group.created_at).replace(/ at .*$/, "")}.`
  return { title: group.name, text: group.member_count === 1 ? `${made} So far only you are here.` : made }
}

function aboutPerson(user, state) {
  if (user.id === state.me.id) return { title: `${user.name} (you)`, text: "Your own page: notes, links, drafts. Nobody else sees it." }
  return { title: user.name, text: `Only you and ${user.name} see what is written here.` }
}
