"""Send, edit, delete a message."""

import hashlib

import sqlalchemy as sa

from .. import access, payloads
from ..clock import now
from ..database.turns import GivenUp
from ..errors import Conflict, Forbidden, NotFound
from ..extensions import db
from ..ids import new_id
from ..models import User, direct, group_member, message, user
from ..rules import text
from ..updates import blank_earlier, publish, put_off, to_group, to_pair
from .transaction import transaction


def send_message(sender_id, client_id, content, *, group_id=None, partner_id=None):
    """Send a message to a group or a person, once: a repeated ``client_id`` returns the message as it is now.

    Returns (message JSON, whether it is new). Publishes message.sent, and direct.opened before the first one of a pair.
    Raises NotFound, Forbidden, Invalid, and Conflict when the client id was used for something else.
    """
    content = text.message_content(content)
    try:
        return _send(sender_id, client_id, content, group_id, partner_id, shared=True)
    # The same message came by another door at this instant and is there now, or others failed, or the sender is being removed.
    except (sa.exc.IntegrityError, GivenUp, NotFound):
        return _send(sender_id, client_id, content, group_id, partner_id, shared=False)


def edit_message(author_id, message_id, content):
    """Change a message's text. Publishes message.edited; returns the message JSON. Raises NotFound, Forbidden, Conflict, Invalid."""
    content = text.message_content(content)
    with transaction():
        edited = access.own_message(author_id, message_id)
        if edited.deleted_at is not None:
            raise Conflict("A deleted message cannot be edited.", code="message_deleted")
        if edited.content != content:
            edited.content, edited.edited_at = content, now()
            _publish_change("message.edited", edited)
        return payloads.message(edited)


def delete_message(author_id, message_id):
    """Leave a tombstone where a message was. Publishes message.deleted; returns the message JSON. Raises NotFound, Forbidden."""
    with transaction():
        deleted = access.own_message(author_id, message_id)
        if deleted.deleted_at is None:
            deleted.content, deleted.deleted_at = "", now()
            _publish_change("message.deleted", deleted)
        return payloads.message(deleted)


def _send(sender_id, client_id, content, group_id, partner_id, *, shared):
    with transaction(shared=shared) as connection:
        place = access.kept_place(connection, sender_id, group_id=group_id, partner_id=partner_id, wait=not shared)
        digest = hashlib.sha256(f"{place.key}\n{content}".encode()).hexdigest()
        earlier = message.SENT_AS.one_or_none(connection, {"sender_id": sender_id, "client_id": client_id})
        if earlier is not None:
            return _repeated(earlier, digest), False
        _refuse_deactivated(connection, place)
        sent = _stored(
            connection,
            sender_id=sender_id,
            group_id=place.group_id,
            receiver_id=place.partner_id,
            content=content,
            client_id=client_id,
            body_hash=digest,
        )
        _move_own_mark(sent)
        if sent.receiver_id is not None and sent.number == 1:
            publish("direct.opened", _audience(sent), users=[payloads.person(one) for one in _pair(sent)])
        shown = payloads.message(sent)
        publish("message.sent", _audience(sent), message_id=sent.id, message=shown)
        return shown, True


def _stored(connection, **values):
    """Store a message. Returns its row, with the number that a trigger gave it."""
    values |= {"id": new_id(), "created_at": now()}
    if connection.dialect.name == "postgresql":
        return message.STORE_AND_TELL.one(connection, values)
    message.STORE.run(connection, values)
    return message.STORED.one(connection, {"id": values["id"]})


def _repeated(earlier, digest):
    if earlier.body_hash != digest:
        raise Conflict("This client_id was used for another message.", code="client_id_reused")
    return payloads.message(earlier)


def _refuse_deactivated(connection, place):
    if place.partner_id is not None and user.WITH_ID.one(connection, {"id": place.partner_id}).deactivated_at is not None:
        raise Forbidden("This account is deactivated and cannot receive messages.", code="deactivated")


def _move_own_mark(sent):
    """Whoever writes has read: the sender's mark moves with their message, which says so to their other pages by itself."""
    moved = {"of_user": sent.sender_id, "mark": sent.number}
    if sent.group_id is not None:
        put_off(group_member.MOVE_MARK, moved | {"of_group": sent.group_id})
    else:
        put_off(direct.MOVE_MARK, moved | {"of_partner": sent.receiver_id})


def _publish_change(kind, changed):
    blank_earlier(changed.id)
    publish(kind, _audience(changed), message_id=changed.id, message=payloads.message(changed))


def _audience(sent):
    return to_group(sent.group_id) if sent.group_id is not None else to_pair(sent.sender_id, sent.receiver_id)


def _pair(sent):
    return [db.session.get(User, one) for one in dict.fromkeys((sent.sender_id, sent.receiver_id))]
