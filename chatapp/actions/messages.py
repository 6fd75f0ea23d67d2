"""Send, edit, delete a message."""

import hashlib
from dataclasses import dataclass

from .. import access, payloads
from ..clock import now
from ..database.gathering import GivenUp
from ..database.trips import ask_all
from ..errors import Conflict, DomainError, Forbidden, NotFound
from ..extensions import db, together
from ..ids import new_id
from ..models import User, direct, group_member, message
from ..rules import text
from ..updates import blank_earlier, publish, put_off, to_group, to_pair
from .transaction import transaction


@dataclass(frozen=True, eq=False, slots=True)
class Draft:
    """A message that somebody wants to send."""

    sender_id: str
    client_id: str
    content: str
    place: access.Place

    @property
    def body_hash(self):
        """What a repeated message must have in common with the first one."""
        return hashlib.sha256(f"{self.place.key}\n{self.content}".encode()).hexdigest()


def send_message(sender_id, client_id, content, *, group_id=None, partner_id=None):
    """Send a message to a group or a person, once: a repeated ``client_id`` returns the message as it is now.

    Returns (message JSON, whether it is new). Publishes message.sent, and direct.opened before the first one of a pair.
    Raises NotFound, Forbidden, Invalid, and Conflict when the client id was used for something else.
    """
    content = text.message_content(content)
    place = access.place_of(sender_id, group_id=group_id, partner_id=partner_id)
    return together(_send_all, Draft(sender_id, client_id, content, place))


def _send_all(drafts):
    """Send what several people want to send at this instant. Returns what ``send_message`` returns or raises, for each."""
    with transaction() as connection:
        came_out = _old_or_refused(connection, drafts)
        new = [draft for draft in drafts if draft not in came_out]
        new.sort(key=lambda draft: draft.place.key)  # conversations are held in one order by all
        for draft, sent in zip(new, _stored(connection, new), strict=True):
            _move_own_mark(sent)
            if sent.receiver_id is not None and sent.number == 1:
                publish("direct.opened", _audience(sent), users=[payloads.person(one) for one in _pair(sent)])
            shown = payloads.message(sent)
            publish("message.sent", _audience(sent), message_id=sent.id, message=shown)
            came_out[draft] = shown, True
    return [came_out[draft] for draft in drafts]


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


def _old_or_refused(connection, drafts):
    """Return {draft: what came out} for those that were sent before or may not be."""
    alone, came_out, begun = len(drafts) == 1, {}, set()
    asks = [_ask(draft, wait=alone) for draft in drafts]
    for draft, (reached, earlier) in zip(drafts, ask_all(connection, asks), strict=True):
        try:
            if reached is None:
                raise NotFound if alone else GivenUp  # by itself it waits until it is sure
            if earlier:
                came_out[draft] = _repeated(earlier, draft), False
            elif draft.place.partner_id is not None and reached.deactivated_at is not None:
                raise Forbidden("This account is deactivated and cannot receive messages.", code="deactivated")
            elif (draft.sender_id, draft.client_id) in begun:
                raise GivenUp  # the same one is among these
            begun.add((draft.sender_id, draft.client_id))
        except DomainError as why:
            came_out[draft] = why
    return came_out


def _ask(draft, wait):
    """Return what is asked about a draft: the way to its place, and what was sent as the same before."""
    way, values = access.way_to(draft.sender_id, draft.place, wait=wait)
    return (way, message.SENT_AS), values | {"sender_id": draft.sender_id, "client_id": draft.client_id}


def _repeated(earlier, draft):
    if earlier.body_hash != draft.body_hash:
        raise Conflict("This client_id was used for another message.", code="client_id_reused")
    return payloads.message(earlier)


def _stored(connection, drafts):
    """Store messages. Returns their rows, with the numbers that a trigger gave them."""
    rows = [_row(draft) for draft in drafts]
    asks = [((message.STORED,), {"id": row["id"]}) for row in rows]
    return [sent for (sent,) in ask_all(connection, asks, after=[(message.STORE, row) for row in rows])]


def _row(draft):
    return {
        "id": new_id(),
        "created_at": now(),
        "sender_id": draft.sender_id,
        "group_id": draft.place.group_id,
        "receiver_id": draft.place.partner_id,
        "content": draft.content,
        "client_id": draft.client_id,
        "body_hash": draft.body_hash,
    }


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
