// What can be said about a text without drawing it. Pure.

const LINK = /\b(?:https?:\/\/|mailto:)[^\s<>"'`]+/giu
const TRAILING = /[.,;:!?…*_~]+$/u
const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f\u20e3\s])+$/u
const LEADING_EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f])+\s*/u
const MAX_BIG_EMOJI = 6
export const FOLD_LINES = 40
const CHARACTERS_PER_LINE = 90

/** Cut a text into plain pieces and links: [{text, href?}]. Joined, the texts are the text again. */
export function pieces(text) {
  const found = []
  let at = 0
  for (const match of text.matchAll(LINK)) {
    const link = withoutTail(match[0])
    if (!isLink(link)) continue
    if (match.index > at) found.push({ text: text.slice(at, match.index) })
    found.push({ text: link, href: link })
    at = match.index + link.length
  }
  if (at < text.length) found.push({ text: text.slice(at) })
  return found
}

/** Does the text consist of a few emoji and nothing else? */
export function isEmojiOnly(text) {
  const tidy = text.trim()
  return tidy !== "" && EMOJI_ONLY.test(tidy) && /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(tidy) && graphemes(tidy) <= MAX_BIG_EMOJI
}

/** The text with this emoji in front, instead of those that stand there; without any when it stands there already. */
export function withEmoji(text, emoji) {
  const rest = text.trimStart().replace(LEADING_EMOJI, "")
  return text.trimStart().startsWith(emoji) ? rest : `${emoji} ${rest}`
}

/** Is the text so long that the list shows only its beginning? */
export function isLong(text) {
  let lines = 0
  for (const line of text.split("\n")) {
    lines += Math.max(1, Math.ceil(line.length / CHARACTERS_PER_LINE))
    if (lines > FOLD_LINES) return true
  }
  return false
}

/** One or two letters that stand for a name. */
export function initials(name) {
  const words = name.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word))
  const letters = words.map((word) => word.match(/[\p{L}\p{N}]/u)[0])
  return (letters.length > 1 ? letters[0] + letters.at(-1) : (letters[0] ?? "?")).toLocaleUpperCase()
}

/** The characters as the server counts them: code points. */
export function characters(text) {
  return Array.from(text).length
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`
}

/** Does the query occur in one of the words, at a word's start first? Lower is better; -1 is not at all. */
export function rank(query, ...words) {
  const wanted = fold(query.trim())
  if (!wanted) return 0
  const places = words.filter(Boolean).map((word) => {
    const at = fold(word).indexOf(wanted)
    return at === 0 ? 0 : at > 0 && /[\s._-]/u.test(fold(word)[at - 1]) ? 1 : at > 0 ? 2 : Infinity
  })
  const best = Math.min(...places)
  return Number.isFinite(best) ? best : -1
}

function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
}

function withoutTail(link) {
  let tidy = link.replace(TRAILING, "")
  while (/[)\]}]$/u.test(tidy) && !isBalanced(tidy)) tidy = tidy.slice(0, -1).replace(TRAILING, "")
  return tidy
}

function isBalanced(text) {
  return ["()", "[]", "{}"].every(([open, close]) => text.split(open).length >= text.split(close).length)
}

function isLink(text) {
  try {
    const url = new URL(text)
    return url.protocol === "mailto:" ? url.pathname.includes("@") : ["http:", "https:"].includes(url.protocol) && url.hostname !== ""
  } catch {
    return false
  }
}

function graphemes(text) {
  const dense = text.replace(/\s+/gu, "")
  return globalThis.Intl?.Segmenter ? [...new Intl.Segmenter().segment(dense)].length : characters(dense)
}
