// What ends by itself ends on an open page too, at its time and without any event: one's own status and do not disturb.

const LONGEST_MS = 2 ** 31 - 1 // what a timer takes

const ENDS = {
  do_not_disturb_until: { do_not_disturb_until: null },
  manual_status_expires_at: { manual_status: null, manual_status_expires_at: null },
}

export class Endings {
  #store
  #timer

  constructor(store) {
    this.#store = store
    store.subscribe((state, previous) => state.me === previous.me || this.#look())
    document.addEventListener("visibilitychange", () => this.#look()) // timers do not see a laptop sleep
    this.#look()
  }

  #look() {
    clearTimeout(this.#timer)
    const { me } = this.#store.state
    const ends = Object.keys(ENDS).filter((name) => me[name])
    const over = ends.filter((name) => new Date(me[name]) <= Date.now())
    const after = Object.assign({ id: me.id }, ...over.map((name) => ENDS[name]))
    if (over.length > 0) return this.#store.apply({ kind: "me.changed", data: { me: after } })
    const next = Math.min(...ends.map((name) => new Date(me[name]) - Date.now()))
    if (ends.length > 0) this.#timer = setTimeout(() => this.#look(), Math.min(next, LONGEST_MS))
    return undefined
  }
}
