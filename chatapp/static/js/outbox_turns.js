// Which tab of a browser sends: one at a time per conversation, for the length of one try. Without locks (plain http) every
// tab sends; the same client_id makes that harmless.

const MOST_WAIT_MS = 25_000

/** Run the deed when it is this tab's turn; resolves to what it returns. A tab that the browser froze is not waited for. */
export async function inTurn(name, deed) {
  if (!navigator.locks) return deed()
  let begun = false
  try {
    return await navigator.locks.request(`chatapp.outbox.${name}`, { signal: AbortSignal.timeout(MOST_WAIT_MS) }, () => {
      begun = true
      return deed()
    })
  } catch (error) {
    if (begun) throw error
    return deed()
  }
}
