"""Direct conversations: messages between oneself and one person (or oneself)."""

from flask import Blueprint

from ... import access, history
from ...actions import messages, read_marks
from ...extensions import one_snapshot
from .inputs import Mark, MessagePage, NewMessage
from .layer import SIGNED_IN, route
from .replies import MessageList, OneMessage, ReadMark

blueprint = Blueprint("api_directs", __name__)


@route(blueprint, "GET", "/users/<user_id>/messages", who=SIGNED_IN, query=MessagePage, returns=MessageList)
@one_snapshot(replica=True)
def list_direct_messages(asker, user_id, query):
    """A page of the direct conversation with a person, oldest first."""
    return history.page(access.place(asker.user_id, partner_id=user_id), **query.anchors())


@route(blueprint, "POST", "/users/<user_id>/messages", who=SIGNED_IN, body=NewMessage, returns=OneMessage, status=201)
def send_direct_message(asker, user_id, body):
    """Send a message to a person. A repeated client_id answers 200 with the message as it is now."""
    sent, new = messages.send_message(asker.user_id, str(body.client_id), body.content, partner_id=user_id)
    return {"message": sent}, 201 if new else 200


@route(blueprint, "PUT", "/users/<user_id>/read_mark", who=SIGNED_IN, body=Mark, returns=ReadMark)
def move_direct_read_mark(asker, user_id, body):
    """Say how far one has read a direct conversation."""
    return {"number": read_marks.move_read_mark(asker.user_id, body.number, partner_id=user_id)}
