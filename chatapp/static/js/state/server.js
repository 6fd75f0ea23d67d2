// What holds on the whole server: {invisible_allowed}.

export function changed(state, { server }) {
  return { ...state, server: { ...state.server, ...server } }
}
