"""Oneself."""

from flask import Blueprint, Response

from ... import snapshots
from ...actions import profile
from ...extensions import one_snapshot
from ...identity import sign_in_cookie
from .layer import SIGNED_IN, Body, route
from .replies import OneMe

blueprint = Blueprint("api_me", __name__)


class Profile(Body):
    """What to change; what is absent stays."""

    name: str | None = None
    username: str | None = None
    email: str | None = None


class Passwords(Body):
    """The password as it is and as it shall be."""

    current_password: str
    new_password: str


@route(blueprint, "GET", "/me", who=SIGNED_IN, returns=OneMe)
@one_snapshot()
def get_me(asker):
    """Oneself, as only oneself sees it."""
    return {"me": snapshots.me(asker.user_id)}


@route(blueprint, "PATCH", "/me", who=SIGNED_IN, body=Profile, returns=OneMe)
def change_profile(asker, body):
    """Change one's name, username or address."""
    return {"me": profile.change_profile(asker.user_id, **body.model_dump())}


@route(blueprint, "PUT", "/me/password", who=SIGNED_IN, body=Passwords, status=204)
def change_password(asker, body):
    """Choose a new password; all other devices are signed out, and this browser gets a new session cookie."""
    renewed = profile.change_password(asker.user_id, asker.device_id, body.current_password, body.new_password)
    return renewed and sign_in_cookie(Response(status=204), *renewed)
