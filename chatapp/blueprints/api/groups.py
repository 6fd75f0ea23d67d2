"""Groups."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field

from ... import access, snapshots
from ...actions import groups
from ...extensions import one_snapshot
from .layer import SIGNED_IN, Body, route
from .replies import GroupList, OneGroup

blueprint = Blueprint("api_groups", __name__)


class NewGroup(Body):
    """A group to create, with the people who are in it from the start."""

    name: str
    member_ids: Annotated[list[str], Field(max_length=100)] = []


class GroupName(Body):
    """A group's new name."""

    name: str


@route(blueprint, "GET", "/groups", who=SIGNED_IN, returns=GroupList)
@one_snapshot()
def list_groups(asker):
    """The groups one is in."""
    return {"groups": snapshots.own_groups(asker.user_id)}


@route(blueprint, "POST", "/groups", who=SIGNED_IN, body=NewGroup, returns=OneGroup, status=201)
def create_group(asker, body):
    """Create a group; its creator owns it."""
    return {"group": groups.create_group(asker.user_id, body.name, body.member_ids)}


@route(blueprint, "GET", "/groups/<group_id>", who=SIGNED_IN, returns=OneGroup)
@one_snapshot()
def get_group(asker, group_id):
    """A group one is in."""
    return {"group": snapshots.own_groups(asker.user_id, access.group_for(asker.user_id, group_id).id)[0]}


@route(blueprint, "PATCH", "/groups/<group_id>", who=SIGNED_IN, body=GroupName, returns=OneGroup)
def rename_group(asker, group_id, body):
    """Rename a group; its owners may."""
    return {"group": groups.rename_group(asker.user_id, group_id, body.name)}


@route(blueprint, "DELETE", "/groups/<group_id>", who=SIGNED_IN, status=204)
def delete_group(asker, group_id):
    """Delete a group; its owners may. The primary group cannot be deleted."""
    groups.delete_group(asker.user_id, group_id)
