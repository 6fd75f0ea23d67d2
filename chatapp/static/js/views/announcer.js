// Says new messages of the open conversation to screen readers, politely.

import { setText } from "../helpers/dom.js"
import { plural } from "../helpers/text.js"
import { keyOf, person } from "../state/conversations.js"
import { shownName } from "../state/names.js"

const MOST_AT_ONCE = 5

export class Announcer {
  constructor(root, app) {
    app.store.subscribe((state, previous, events) => {
      const sent = events.filter(({ kind }) => kind === "message.sent").map(({ data }) => data.message)
      const heard = sent.filter((message) => message.sender_id !== state.me.id && keyOf(state.me, message) === app.router.place.key)
      const said = heard.map((message) => `${shownName(state, person(state, message.sender_id))}: ${message.content}`)
      if (said.length > MOST_AT_ONCE) setText(root, plural(said.length, "new message"))
      else if (said.length > 0) setText(root, said.join("\n"))
    })
  }
}
