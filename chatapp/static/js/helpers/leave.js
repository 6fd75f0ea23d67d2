// Leaving the chat because the session is over; after signing in again the same place is shown.

export function toSignIn() {
  const here = location.pathname + location.hash
  location.assign(here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`)
}
