// What was begun but not sent, per conversation, kept in this browser.

const PREFIX = "chatapp.draft."

export function draftOf(key) {
  try {
    return localStorage.getItem(PREFIX + key) ?? ""
  } catch {
    return ""
  }
}

export function keepDraft(key, text) {
  try {
    if (text.trim()) localStorage.setItem(PREFIX + key, text)
    else localStorage.removeItem(PREFIX + key)
  } catch {
    // Storage is full or refused: the text stays in the field, only a reload would lose it.
  }
}
