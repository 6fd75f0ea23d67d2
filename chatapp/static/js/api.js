// The only caller of fetch: JSON in, JSON out, every failure an ApiError.

const TIMEOUT_MS = 20_000
const OFFLINE = "The server could not be reached. Check the connection and try again."

export class ApiError extends Error {
  // status 0: no answer at all. code: stable, for programs. detail: for people. errors: field to what is wrong with it.
  constructor(status, problem = {}, retryAfter = 0) {
    super(problem.detail ?? OFFLINE)
    this.status = status
    this.code = problem.code
    this.detail = problem.detail ?? OFFLINE
    this.errors = problem.errors
    this.retryAfter = retryAfter
  }
}

export const get = (path, query, options) => call("GET", path, { query, ...options })
export const post = (path, body = {}) => call("POST", path, { body })
export const put = (path, body) => call("PUT", path, { body })
export const patch = (path, body) => call("PATCH", path, { body })
export const remove = (path, body) => call("DELETE", path, { body })

// Sends without waiting, even from a page that closes.
export function beacon(path, body) {
  navigator.sendBeacon(path, new Blob([JSON.stringify(body)], { type: "application/json" }))
}

// Yields the objects of an answer that carries one a line. Fails with code "buffered" when the first line does not come in
// firstLineMs: a proxy keeps the answer back. After silenceMs without a line the connection counts as dead.
export async function* stream(path, query, { signal, firstLineMs, silenceMs }) {
  const abort = linked(signal)
  let buffered = false
  let timer = setTimeout(() => {
    buffered = true
    abort.abort()
  }, firstLineMs)
  try {
    const response = await answered(await fetch(address(path, query), { signal: abort.signal }))
    for await (const line of lines(response)) {
      clearTimeout(timer)
      timer = setTimeout(() => abort.abort(), silenceMs)
      yield JSON.parse(line)
    }
  } catch (error) {
    throw buffered ? new ApiError(0, { code: "buffered", detail: OFFLINE }) : understood(error, signal)
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
}

async function call(method, path, { query, body, signal, timeoutMs = TIMEOUT_MS } = {}) {
  const abort = linked(signal)
  const timer = setTimeout(() => abort.abort(), timeoutMs)
  try {
    const response = await answered(await fetch(address(path, query), request(method, body, abort.signal)))
    return response.status === 204 ? null : await response.json()
  } catch (error) {
    throw understood(error, signal)
  } finally {
    clearTimeout(timer)
  }
}

function request(method, body, signal) {
  if (body === undefined) return { method, signal }
  return { method, signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }
}

async function answered(response) {
  if (response.ok) return response
  const problem = await response.json().catch(() => ({}))
  throw new ApiError(response.status, problem, Number(response.headers.get("Retry-After")) || 0)
}

// An abort that the caller asked for stays one; everything else that fetch throws means that there was no answer.
function understood(error, signal) {
  return error instanceof ApiError || signal?.aborted ? error : new ApiError(0)
}

function address(path, query = {}) {
  const url = new URL(path, location.origin)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) url.searchParams.set(name, value)
  }
  return url
}

function linked(signal) {
  const abort = new AbortController()
  if (signal?.aborted) abort.abort()
  signal?.addEventListener("abort", () => abort.abort(), { once: true })
  return abort
}

async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const parts = (rest + value).split("\n")
    rest = parts.pop()
    yield* parts.filter(Boolean)
  }
}
