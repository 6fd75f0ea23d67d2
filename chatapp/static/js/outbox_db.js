// Where the outbox keeps its messages: IndexedDB, or memory in browsers that refuse it (private windows). IndexedDB takes a
// moment; until it has stored a message a note in localStorage, which is written at once, keeps it over a reload.

const NAME = "chatapp"
const TABLE = "outbox"
const NOTE = "chatapp.outbox."

export async function openOutboxDb() {
  try {
    return new StoredOutbox(await open())
  } catch {
    return new RememberedOutbox()
  }
}

class StoredOutbox {
  #db

  constructor(db) {
    this.#db = db
  }

  async all() {
    const stored = await this.#run("readonly", (table) => table.getAll())
    const known = new Set(stored.map((item) => item.client_id))
    return [...stored, ...notes.all().filter((item) => !known.has(item.client_id))]
  }

  async has(clientId) {
    return notes.has(clientId) || Boolean(await this.#run("readonly", (table) => table.get(clientId)))
  }

  async put(item) {
    notes.put(item)
    await this.#run("readwrite", (table) => table.put({ ...item }))
    notes.remove(item.client_id)
  }

  remove(clientId) {
    notes.remove(clientId)
    return this.#run("readwrite", (table) => table.delete(clientId))
  }

  #run(mode, ask) {
    return new Promise((resolve, reject) => {
      const transaction = this.#db.transaction(TABLE, mode)
      const request = ask(transaction.objectStore(TABLE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onerror = () => reject(transaction.error)
    })
  }
}

const notes = {
  all: () => tried(() => Object.keys(localStorage).filter((name) => name.startsWith(NOTE)).map((name) => JSON.parse(localStorage[name]))) ?? [],
  has: (clientId) => tried(() => NOTE + clientId in localStorage) ?? false,
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

  async all() {
    return [...this.#items.values()]
  }

  async has(clientId) {
    return this.#items.has(clientId)
  }

  async put(item) {
    this.#items.set(item.client_id, item)
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
