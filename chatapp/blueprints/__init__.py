"""The network's doors: parse → call → reply."""

from . import errors, gate, headers, origin, pages
from .api import hot_door, openapi, poll_door, register_api
from .api.plain import Plain


def register_blueprints(app):
    """Put all doors into the application."""
    origin.install(app)
    headers.install(app)
    errors.install(app)
    app.register_blueprint(pages.blueprint)
    register_api(app)
    openapi.install(app)
    plain = Plain(app, poll_door.LIKE)
    app.wsgi_app = hot_door.HotDoor(app, plain)
    gate.install(app)
    app.wsgi_app = poll_door.PollDoor(app, plain)
