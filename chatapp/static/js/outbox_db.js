// Where the outbox keeps its messages: IndexedDB, or memory in browsers that refuse it (private windows). IndexedDB takes a
// moment; until it has stored a message a note in localStorage, which is written at once, keeps it over a reload.
// All tabs of a browser see the same; each tells the others when it changed something.

const NAME = "chatapp"
const TABLE = "outbox"
const NOTE = "chatapp.outbox."
const CHANNEL = "chatapp.outbox"

export async function openOutboxDb() {
  try {
    return new StoredOutbox(await open())
  } catch {
    return new RememberedOutbox()
  }
}

class StoredOutbox {
  #db
  #channel = globalThis.BroadcastChannel ? new BroadcastChannel(CHANNEL) : null

  constructor(db) {
    this.#db = db
  }

  /** The listener hears when another tab changed something. */
  subscribe(listener) {
    if (this.#channel) this.#channel.onmessage = () => listener()
  }

  async all() {
    const noted = notes.all() // first, or one that moves from there to the table just now would be in neither
    const stored = await this.#run("readonly", (table) => table.getAll())
    const known = new Set(stored.map((item) => item.client_id))
    return [...stored, ...noted.filter((item) => !known.has(item.client_id))]
  }

  async put(item) {
    notes.put(item)
    await this.#change((table) => table.put({ ...item }))
    notes.remove(item.client_id)
  }

  /** Put a newer version of what is there; what another tab took out meanwhile stays out. */
  update(item) {
    return this.#change((table) => {
      const look = table.get(item.client_id)
      look.onsuccess = () => look.result && table.put({ ...item })
      return look
    })
  }

  async remove(clientId) {
    notes.remove(clientId)
    await this.#change((table) => table.delete(clientId))
  }

  async #change(ask) {
    await this.#run("readwrite", ask)
    this.#channel?.postMessage("changed")
  }

  #run(mode, ask) {
    return new Promise((resolve, reject) => {
      const transaction = this.#db.transaction(TABLE, mode)
      const request = ask(transaction.objectStore(TABLE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onerror = () => reject(transaction.error)
      transaction.onabort = () => reject(transaction.error)
    })
  }
}

const notes = {
  all: () => tried(() => Object.keys(localStorage).filter((name) => name.startsWith(NOTE)).map((name) => JSON.parse(localStorage[name]))) ?? [],
  put: (item) => tried(() => localStorage.setItem(NOTE + item.client_id, JSON.stringify(item))),
  remove: (clientId) => tried(() => localStorage.removeItem(NOTE + clientId)),
}

// Storage may be full or refused; then IndexedDB alone has to do.
function tried(deed) {
  try {
    return deed()
  } catch {
    return undefined
  }
}

class RememberedOutbox {
  #items = new Map()

  subscribe() {}

  async all() {
    return [...this.#items.values()]
  }

  async put(item) {
    this.#items.set(item.client_id, item)
  }

  async update(item) {
    if (this.#items.has(item.client_id)) this.#items.set(item.client_id, item)
  }

  async remove(clientId) {
    this.#items.delete(clientId)
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "client_id" })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error("blocked"))
  })
}
