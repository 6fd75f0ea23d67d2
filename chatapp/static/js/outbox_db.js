// Where the outbox keeps its messages: IndexedDB, or memory in browsers that refuse it (private windows).

const NAME = "chatapp"
const TABLE = "outbox"

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

  all() {
    return this.#run("readonly", (table) => table.getAll())
  }

  async has(clientId) {
    return Boolean(await this.#run("readonly", (table) => table.get(clientId)))
  }

  put(item) {
    return this.#run("readwrite", (table) => table.put({ ...item }))
  }

  remove(clientId) {
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
