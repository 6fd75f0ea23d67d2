"""The JSON doors, one noun a file."""

from . import devices, directs, groups, health, invites, me, members, messages, presence, server, sessions, state, updates, users

NOUNS = (devices, directs, groups, invites, me, members, messages, presence, server, sessions, state, updates, users)


def register_api(app):
    """Put all JSON doors under /api, and /healthz beside them."""
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint, url_prefix="/api")
    app.register_blueprint(health.blueprint)
