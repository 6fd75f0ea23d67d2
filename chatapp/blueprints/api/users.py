"""People: register, find, look up, deactivate."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field

from ... import access, snapshots
from ...actions import accounts
from ...extensions import one_snapshot
from ...identity import new_device, sign_in_cookie
from .inputs import read_ids
from .layer import ANYONE, SIGNED_IN, Body, Query, json_response, route
from .replies import OneUser, Registered, UserList

blueprint = Blueprint("api_users", __name__)


class NewUser(Body):
    """``invite``: the id in an invite's link; null where registration is open."""

    invite: str | None
    name: str
    username: str
    email: str
    password: str


class UserPage(Query):
    """``search`` in names and usernames, or ``ids`` with commas between; neither: everybody by name."""

    search: Annotated[str, Field(max_length=100)] = ""
    ids: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


@route(blueprint, "POST", "/users", who=ANYONE, body=NewUser, returns=Registered, status=201)
def register(body):
    """Make an account through an invite, and sign it in."""
    token, expires, me, group = accounts.register(body.invite, body.name, body.username, body.email, body.password, new_device())
    return sign_in_cookie(json_response({"me": me, "group": group}, 201), token, expires)


@route(blueprint, "GET", "/users", who=SIGNED_IN, query=UserPage, returns=UserList)
@one_snapshot(replica=True)
def list_users(asker, query):
    """Find active people, or look some up by their ids."""
    if query.ids is not None:
        return {"users": snapshots.people(read_ids(query.ids), asker.user_id), "more": False}
    found, more = snapshots.find_people(query.search.strip(), query.limit, asker.user_id)
    return {"users": found, "more": more}


@route(blueprint, "GET", "/users/<user_id>", who=SIGNED_IN, returns=OneUser)
@one_snapshot()
def get_user(asker, user_id):
    """One person."""
    return {"user": snapshots.people([access.person(user_id).id], asker.user_id)[0]}


@route(blueprint, "POST", "/users/<user_id>/deactivation", who=SIGNED_IN, returns=OneUser, status=200)
def deactivate(asker, user_id):
    """Close an account; server owners may."""
    return {"user": accounts.deactivate(asker.user_id, user_id)}


@route(blueprint, "DELETE", "/users/<user_id>/deactivation", who=SIGNED_IN, returns=OneUser)
def reactivate(asker, user_id):
    """Open a closed account again; server owners may."""
    return {"user": accounts.reactivate(asker.user_id, user_id)}
