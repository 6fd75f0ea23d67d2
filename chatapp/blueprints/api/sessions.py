"""Set-up, signing in and out, tokens, password resets."""

from flask import Blueprint, Response, request

from ...actions import profile, sessions, setup
from ...identity import asker as current_asker
from ...identity import new_device, sign_in_cookie, sign_out_cookie
from .layer import ANYONE, SIGNED_IN, Body, json_response, route
from .replies import NewToken, OneMe

blueprint = Blueprint("api_sessions", __name__)


class SetUp(Body):
    """The first account, with the token from the console."""

    token: str
    name: str
    username: str
    email: str
    password: str


class Credentials(Body):
    """``login``: a username or an address."""

    login: str
    password: str


class TokenName(Body):
    """What a token is for."""

    name: str


class Reset(Body):
    """A one-time reset token and the password to be."""

    token: str
    new_password: str


@route(blueprint, "POST", "/setup", who=ANYONE, body=SetUp, returns=OneMe, status=201)
def set_up(body):
    """Make the first account, once, and sign it in."""
    token, expires, me = setup.set_up(**body.model_dump(), device=new_device())
    return sign_in_cookie(json_response({"me": me}, 201), token, expires)


@route(blueprint, "POST", "/session", who=ANYONE, body=Credentials, returns=OneMe, status=201)
def sign_in(body):
    """Sign in: a new session cookie."""
    token, expires, me = sessions.sign_in(body.login, body.password, new_device(), request.remote_addr, replaced=current_asker())
    return sign_in_cookie(json_response({"me": me}, 201), token, expires)


@route(blueprint, "DELETE", "/session", who=SIGNED_IN, status=204)
def sign_out(asker):
    """Sign out this device."""
    sessions.sign_out(asker.user_id, asker.device_id)
    return sign_out_cookie(Response(status=204))


@route(blueprint, "POST", "/tokens", who=SIGNED_IN, body=TokenName, returns=NewToken, status=201)
def create_token(asker, body):
    """Make an API token; it is shown this once."""
    token, device = sessions.create_token(asker.user_id, body.name, asker.device_id)
    return {"token": token, "device": device}


@route(blueprint, "POST", "/password_resets", who=ANYONE, body=Reset, status=204)
def use_reset(body):
    """Choose a new password by a one-time link."""
    profile.use_reset(body.token, body.new_password)
