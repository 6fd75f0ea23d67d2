// Start-up: reads the state, wires the parts of the page, starts the feed. The only file that knows all of them.

import { get } from "./api.js"
import { part, setText } from "./helpers/dom.js"
import { toSignIn } from "./helpers/leave.js"
import { delay } from "./helpers/timing.js"
import { tabId } from "./helpers/ids.js"
import { Endings } from "./endings.js"
import { Feed } from "./feed.js"
import { Heartbeat } from "./heartbeat.js"
import { History } from "./history.js"
import { Keyboard } from "./keyboard.js"
import { Notifications } from "./notifications.js"
import { Outbox } from "./outbox.js"
import { openOutboxDb } from "./outbox_db.js"
import { PeopleLoader } from "./people_loader.js"
import { PresenceReader } from "./presence_reader.js"
import { Reading } from "./reading.js"
import { Router } from "./router.js"
import { personKey } from "./state/conversations.js"
import { Store, fromSnapshot } from "./store.js"
import { Tabs } from "./tabs.js"
import { VisibleAgain } from "./visible_again.js"
import { Announcer } from "./views/announcer.js"
import { ConnectionBar } from "./views/connection_bar.js"
import { Details } from "./views/details.js"
import { openDialogs } from "./views/dialogs.js"
import { OwnMenu } from "./views/own_menu.js"
import { PersonCard } from "./views/person_card.js"
import { Sidebar } from "./views/sidebar.js"
import { Stage } from "./views/stage.js"
import { TabSign } from "./views/tab_sign.js"
import { Tip } from "./views/tip.js"
import { Toasts } from "./views/toasts.js"
import { Unsent } from "./views/unsent.js"

const SLOW_MS = 1500

async function start() {
  let app = null
  let said = null
  const device = tabId()
  const onReply = (reply) => (app ? app.presence.lift(reply) : (said = reply))
  const heartbeat = new Heartbeat({ device, onReply })
  heartbeat.start() // before all else: whoever reloads on a slow line is not gone until the state is there
  const tabs = new Tabs()
  await tabs.join()
  const { cursor, ...snapshot } = await get("/api/state")
  app = await assemble(new Store(fromSnapshot(snapshot)))
  if (said) app.presence.lift(said)
  app.feed = new Feed({ app, tabs, cursor, device: () => (heartbeat.isHeard ? { device } : {}) })
  app.tryAgain = () => app.feed.refresh()
  await app.outbox.start()
  part(document, "start").remove()
  part(document, "layout").hidden = false
  app.dialogs.devices.follow()
  app.stage.start() // at once: whoever sees the field writes into it
  app.feed.start()
  app.presence.start()
}

async function assemble(store) {
  const app = { store, router: new Router(), history: new History(store), people: new PeopleLoader(store) }
  app.reading = new Reading(store)
  app.presence = new PresenceReader(store, { isWatched: (id) => app.router.place.key === personKey(id), cursor: () => app.feed?.cursor })
  app.outbox = new Outbox({ db: await openOutboxDb(), store, onRefused: (item) => app.unsent.refused(item) })
  app.readPresence = () => app.presence.read()
  app.focusComposer = () => app.stage.focusComposer()
  app.toasts = new Toasts(part(document, "toasts"))
  app.unsent = new Unsent(app)
  app.notifications = new Notifications(app)
  app.dialogs = openDialogs(app)
  app.details = new Details(part(document, "details"), part(document, "layout"), app)
  app.sidebar = new Sidebar(document.querySelector("[data-part=sidebar]"), app)
  app.ownMenu = new OwnMenu(app)
  app.stage = new Stage(part(document, "layout"), app)
  new PersonCard(app)
  new ConnectionBar(part(document, "connection-bar"), app)
  new Announcer(part(document, "announcer"), app)
  new TabSign(app).draw()
  new Endings(store)
  new VisibleAgain(app)
  new Tip(part(document, "tip"))
  new Keyboard(app)
  return app
}

function failed(error) {
  if (error.status === 401) return toSignIn()
  setText(part(document, "start-text"), "The server cannot be reached at the moment.")
  const button = part(document, "start-again")
  button.hidden = false
  button.addEventListener("click", () => location.reload(), { once: true })
  if (error.status === undefined) throw error
  return undefined
}

delay(SLOW_MS).then(() => part(document, "start")?.toggleAttribute("data-slow", true))
start().catch(failed)
