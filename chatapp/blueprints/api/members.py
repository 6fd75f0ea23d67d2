"""Who is in a group."""

from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field

from ... import access, snapshots
from ...actions import members
from ...errors import NotFound
from ...extensions import one_snapshot
from ...ids import parse_id
from .layer import SIGNED_IN, Body, Query, route
from .replies import MemberList, OneMember

blueprint = Blueprint("api_members", __name__)


class NewMember(Body):
    """The person to bring in."""

    user_id: str


class Role(Body):
    """A member's new role."""

    role: Literal["owner", "member"]


class MemberPage(Query):
    """``after``: the last person of the page before."""

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


@route(blueprint, "GET", "/groups/<group_id>/members", who=SIGNED_IN, query=MemberPage, returns=MemberList)
@one_snapshot()
def list_members(asker, group_id, query):
    """A group's members by name, with their people."""
    group = access.group_for(asker.user_id, group_id)
    after = None if query.after is None else parse_id(query.after)
    if after is None and query.after is not None:
        raise NotFound
    listed, more = snapshots.member_page(group.id, after, query.limit, asker.user_id)
    return {"members": listed, "more": more}


@route(blueprint, "POST", "/groups/<group_id>/members", who=SIGNED_IN, body=NewMember, returns=OneMember, status=201)
def add_member(asker, group_id, body):
    """Bring somebody into a group one is in."""
    return {"member": members.add_member(asker.user_id, group_id, body.user_id)}


@route(blueprint, "PATCH", "/groups/<group_id>/members/<user_id>", who=SIGNED_IN, body=Role, returns=OneMember)
def change_role(asker, group_id, user_id, body):
    """Make somebody an owner or a member; owners may."""
    return {"member": members.change_role(asker.user_id, group_id, user_id, body.role)}


@route(blueprint, "DELETE", "/groups/<group_id>/members/<user_id>", who=SIGNED_IN, status=204)
def remove_member(asker, group_id, user_id):
    """Leave a group, or remove somebody as its owner."""
    members.remove_member(asker.user_id, group_id, user_id)
