// Says new messages of the open conversation to screen readers, politely.

import { setText } from "../helpers/dom.js"
import { keyOf, person } from "../state/conversations.js"

export class Announcer {
  constructor(root, app) {
    app.store.subscribe((state, previous, events) => {
      const heard = events.filter(({ kind, data }) => kind === "message.sent" && data.message.sender_id !== state.me.id && keyOf(state.me, data.message) === app.router.place.key)
      if (heard.length > 0) setText(root, heard.map(({ data }) => `${person(state, data.message.sender_id).name}: ${data.message.content}`).join("\n"))
    })
  }
}
