"""Pictures of every page and state, for eyes."""
