"""How the server is run."""

from flask import Blueprint

from ...actions import server
from .layer import SIGNED_IN, Body, route
from .replies import OneServer

blueprint = Blueprint("api_server", __name__)


class ServerChange(Body):
    """``invisible_allowed``: whether people may be invisible."""

    invisible_allowed: bool


@route(blueprint, "PATCH", "/server", who=SIGNED_IN, body=ServerChange, returns=OneServer)
def change_server(asker, body):
    """Change how the server is run; server owners may."""
    return {"server": server.change_server(asker.user_id, body.invisible_allowed)}
