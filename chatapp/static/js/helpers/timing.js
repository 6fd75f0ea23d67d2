// Waiting.

export function delay(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener("abort", () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}

/** Run the function once, ms after the last call. */
export function debounce(run, ms) {
  let timer
  return (...args) => {
    clearTimeout(timer)
    timer = setTimeout(() => run(...args), ms)
  }
}

/** Seconds to wait before try number `failures`: doubling, spread so that a thousand tabs do not come back at once. */
export function backOff(failures, { first = 1, most = 30 } = {}) {
  const full = Math.min(most, first * 2 ** (failures - 1))
  return full * (0.5 + Math.random() / 2)
}
