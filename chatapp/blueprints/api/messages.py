"""A group's messages, and any message by its id."""

from flask import Blueprint

from ... import access, history
from ...actions import messages, read_marks
from ...extensions import one_snapshot
from .inputs import Content, Mark, MessagePage, NewMessage
from .layer import SIGNED_IN, route
from .replies import MessageList, OneMessage, ReadMark

blueprint = Blueprint("api_messages", __name__)


@route(blueprint, "GET", "/groups/<group_id>/messages", who=SIGNED_IN, query=MessagePage, returns=MessageList)
@one_snapshot(replica=True)
def list_group_messages(asker, group_id, query):
    """A page of a group's messages, oldest first."""
    return history.page(access.place(asker.user_id, group_id=group_id), **query.anchors())


@route(blueprint, "POST", "/groups/<group_id>/messages", who=SIGNED_IN, body=NewMessage, returns=OneMessage, status=201)
def send_group_message(asker, group_id, body):
    """Send a message to a group. A repeated client_id answers 200 with the message as it is now."""
    sent, new = messages.send_message(asker.user_id, str(body.client_id), body.content, group_id=group_id)
    return {"message": sent}, 201 if new else 200


@route(blueprint, "PUT", "/groups/<group_id>/read_mark", who=SIGNED_IN, body=Mark, returns=ReadMark)
def move_group_read_mark(asker, group_id, body):
    """Say how far one has read a group."""
    return {"number": read_marks.move_read_mark(asker.user_id, body.number, group_id=group_id)}


@route(blueprint, "PATCH", "/messages/<message_id>", who=SIGNED_IN, body=Content, returns=OneMessage)
def edit_message(asker, message_id, body):
    """Change one's own message."""
    return {"message": messages.edit_message(asker.user_id, message_id, body.content)}


@route(blueprint, "DELETE", "/messages/<message_id>", who=SIGNED_IN, returns=OneMessage)
def delete_message(asker, message_id):
    """Delete one's own message; a tombstone stays."""
    return {"message": messages.delete_message(asker.user_id, message_id)}
