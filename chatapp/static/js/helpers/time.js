// Times as people read them. The words are English, the clock is the reader's own (12 or 24 hours).

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const hourCycle = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hourCycle
const clock = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit", hourCycle })
const weekday = new Intl.DateTimeFormat("en", { weekday: "long" })
const date = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" })
const dateWithYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" })
const shortDate = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" })
const dayInUtc = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" })
const dayInUtcWithYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
const whole = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" })

export function clockTime(time) {
  return clock.format(new Date(time))
}

/** The local calendar day as text that sorts and compares. */
export function dayOf(time) {
  const day = new Date(time)
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`
}

export function dayName(time, now = Date.now()) {
  const ago = daysAgo(time, now)
  if (ago === 0) return "Today"
  if (ago === 1) return "Yesterday"
  if (ago > 0 && ago < 7) return weekday.format(new Date(time))
  return ago < 300 && ago > -300 ? date.format(new Date(time)) : dateWithYear.format(new Date(time))
}

/** "25 November", with the year where it is another one. */
export function longDay(time, now = Date.now()) {
  const isThisYear = new Date(time).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? day : dateWithYear).format(new Date(time))
}

/** Day and time in full, for titles. */
export function fullTime(time) {
  return `${whole.format(new Date(time))} at ${clockTime(time)}`
}

/** "just now", "5 minutes ago", "yesterday at 14:02", "3 Nov". */
export function ago(time, now = Date.now()) {
  const passed = now - new Date(time)
  if (passed < MINUTE) return "just now"
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`
  if (daysAgo(time, now) === 0) return `today at ${clockTime(time)}`
  if (daysAgo(time, now) === 1) return `yesterday at ${clockTime(time)}`
  if (passed < 7 * DAY) return `${weekday.format(new Date(time))} at ${clockTime(time)}`
  return passed < 300 * DAY ? shortDate.format(new Date(time)) : dateWithYear.format(new Date(time))
}

/** When somebody was last here, never more exactly than it is told: an hour comes as its beginning, a day as its midnight in UTC. */
export function seen(time, precision = "exact", now = Date.now()) {
  if (precision === "hour") return seenAround(time, now)
  if (precision === "day") return seenOn(time, now)
  return ago(time, now)
}

function seenAround(time, now) {
  const days = daysAgo(time, now)
  if (days > 6) return `on ${longDay(time, now)}`
  return [["", "yesterday "][days] ?? `${weekday.format(new Date(time))} `, `around ${clockTime(time)}`].join("")
}

function seenOn(time, now) {
  const passed = now - new Date(time)
  if (passed < DAY) return "today"
  return `on ${(passed < 300 * DAY ? dayInUtc : dayInUtcWithYear).format(new Date(time))}`
}

/** How long until a time: "in 3 days", "in 20 minutes". */
export function until(time, now = Date.now()) {
  const left = new Date(time) - now
  if (left <= 0) return "expired"
  if (left < HOUR) return `in ${Math.max(1, Math.round(left / MINUTE))} min`
  if (left < 2 * DAY) return `in ${Math.round(left / HOUR)} h`
  return `in ${Math.round(left / DAY)} days`
}

/** A moment today or tomorrow with its clock time, for what ends soon. */
export function shortUntil(time, now = Date.now()) {
  const days = -daysAgo(time, now)
  if (days === 0) return `until ${clockTime(time)}`
  return days === 1 ? `until tomorrow, ${clockTime(time)}` : `until ${shortDate.format(new Date(time))}`
}

function daysAgo(time, now) {
  const start = (value) => new Date(new Date(value).getFullYear(), new Date(value).getMonth(), new Date(value).getDate())
  return Math.round((start(now) - start(time)) / DAY)
}
