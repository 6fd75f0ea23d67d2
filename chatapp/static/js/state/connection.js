// What the page knows about its line to the server: {trouble, old, last_contact, presence_known}. `old`: so much time has
// passed since the last contact that what is shown may not be true any more.

export const START = { trouble: false, old: false, last_contact: null, presence_known: true }

export function changed(state, news) {
  const connection = { ...state.connection, ...news }
  const same = Object.keys(connection).every((name) => connection[name] === state.connection[name])
  return same ? state : { ...state, connection }
}
