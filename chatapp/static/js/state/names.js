// What people are called on screen. Names need not be unique, and some letters of other alphabets look like Latin ones:
// whoever could be taken for somebody else is shown with their username, which is plain and unique.

const ALIKE = Object.fromEntries(Array.from("аaеeоoрpсcуyхxіiјjѕsԁdһhкkмmнhтtвbοoαaιiκkνvρpτtυuχxηn0o1l".match(/../gu), (pair) => Array.from(pair)))
const known = new Map()
const shared = new WeakMap()

/** A person's name, with the username where somebody else's name looks the same. */
export function shownName(state, user) {
  return user.username && sharedLooks(state.users).has(looks(user.name)) ? `${user.name} (@${user.username})` : user.name
}

/** What a name looks like: the same for names that an eye takes for each other. */
export function looks(name) {
  if (!known.has(name)) known.set(name, reduced(name)) // people's presence changes all the time, their names hardly ever
  return known.get(name)
}

function reduced(name) {
  const bare = name.normalize("NFKD").replace(/[\p{M}\p{Cf}\s]/gu, "")
  return Array.from(bare.replaceAll("I", "l").toLowerCase(), (letter) => ALIKE[letter] ?? letter).join("")
}

function sharedLooks(users) {
  if (!shared.has(users)) {
    const seen = new Set()
    const twice = new Set()
    for (const { name } of Object.values(users)) {
      const look = looks(name)
      if (seen.has(look)) twice.add(look)
      seen.add(look)
    }
    shared.set(users, twice)
  }
  return shared.get(users)
}
