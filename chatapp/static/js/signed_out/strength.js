// How strong a password looks, from 0 (nothing typed) to 4. Only a hint: the server decides.

const COMMON = ["password", "passwort", "qwerty", "letmein", "welcome", "iloveyou", "admin", "chatapp", "123456", "abcdef"]
const LEAST = 12

export function strength(password, personal = []) {
  if (!password) return 0
  const plain = password.toLowerCase()
  const words = [...COMMON, ...personal.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length > 2)]
  const rest = words.reduce((left, word) => left.replaceAll(word, ""), plain)
  const variety = new Set(rest).size
  if (password.length < LEAST || variety < 5) return 1
  const worth = rest.length + variety / 2
  return worth < 15 ? 2 : worth < 21 ? 3 : 4
}
