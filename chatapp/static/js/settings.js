// Choices that belong to this browser, not to the account.

const PREFIX = "chatapp.setting."
const DEFAULTS = { details: "open", notify: "off", invisible: "" }

export function setting(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? DEFAULTS[name]
  } catch {
    return DEFAULTS[name]
  }
}

export function keepSetting(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value)
  } catch {
    // Refused by the browser: the choice holds until the page is left.
  }
}
