"""Invites into groups."""

from flask import Blueprint

from ... import access, payloads
from ...actions import invites
from ...clock import now
from ...extensions import db, one_snapshot
from ...models import invite
from .layer import ANYONE, SIGNED_IN, Body, route
from .replies import InviteList, OneGroup, OneInvite, OneInvitePreview

blueprint = Blueprint("api_invites", __name__)


class NewInvite(Body):
    """How long the link lasts, in seconds."""

    expires_in: int


@route(blueprint, "GET", "/groups/<group_id>/invites", who=SIGNED_IN, returns=InviteList)
@one_snapshot()
def list_invites(asker, group_id):
    """The valid invites of a group one is in, newest first."""
    group = access.group_for(asker.user_id, group_id)
    found = db.session.execute(invite.usable_of(group.id, now())).scalars()
    return {"invites": [payloads.invite(one) for one in found]}


@route(blueprint, "POST", "/groups/<group_id>/invites", who=SIGNED_IN, body=NewInvite, returns=OneInvite, status=201)
def create_invite(asker, group_id, body):
    """Make an invite link into a group one is in."""
    return {"invite": invites.create_invite(asker.user_id, group_id, body.expires_in)}


@route(blueprint, "GET", "/invites/<invite_id>", who=ANYONE, returns=OneInvitePreview)
@one_snapshot()
def preview_invite(invite_id):
    """What a valid invite leads to; anyone who holds the link may know."""
    return {"invite": access.invite_preview(invite_id)}


@route(blueprint, "DELETE", "/invites/<invite_id>", who=SIGNED_IN, status=204)
def revoke_invite(asker, invite_id):
    """Make an invite's link dead."""
    invites.revoke_invite(asker.user_id, invite_id)


@route(blueprint, "POST", "/invites/<invite_id>/accept", who=SIGNED_IN, returns=OneGroup)
def accept_invite(asker, invite_id):
    """Join the group that an invite leads to."""
    return {"group": invites.accept_invite(asker.user_id, invite_id)}
