// What the page knows about its line to the server: {trouble, last_contact, presence_known}.

export const START = { trouble: false, last_contact: null, presence_known: true }

export function changed(state, news) {
  const connection = { ...state.connection, ...news }
  const same = Object.keys(connection).every((name) => connection[name] === state.connection[name])
  return same ? state : { ...state, connection }
}
