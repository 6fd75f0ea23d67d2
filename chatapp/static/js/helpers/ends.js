// When a status or do not disturb ends: from what is chosen to a moment, in the reader's own time. Pure.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MORNING = 9

/** When a chosen period ends, as the API takes it; null is never. `choice`: minutes, "today", "week", "morning" (tomorrow's), "". */
export function endOf(choice, now = new Date()) {
  if (choice === "") return null
  const end = new Date(now)
  if (choice === "today") end.setHours(23, 59, 59, 0)
  else if (choice === "week") {
    end.setDate(end.getDate() + ((7 - end.getDay()) % 7))
    end.setHours(23, 59, 59, 0)
  } else if (choice === "morning") {
    end.setDate(end.getDate() + 1)
    end.setHours(MORNING, 0, 0, 0)
  } else end.setTime(now.getTime() + Number(choice) * MINUTE)
  return end.toISOString()
}

/** The first full hour that is at least an hour away. */
export function nextHour(now = new Date()) {
  return new Date(Math.ceil((now.getTime() + HOUR) / HOUR) * HOUR)
}

/** A moment as fields of the type datetime-local hold it, to the minute. */
export function asLocal(time) {
  const at = new Date(time)
  const local = new Date(at.getTime() - at.getTimezoneOffset() * MINUTE)
  return local.toISOString().slice(0, 16)
}
