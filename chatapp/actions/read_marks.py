"""Move a read mark: how far a person has read a conversation."""

import sqlalchemy as sa

from .. import access
from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import conversation
from ..updates import publish, to_user
from .transaction import transaction


def move_read_mark(user_id, number, *, group_id=None, partner_id=None):
    """Set one's read mark to a message's number, forward or back (which marks as unread); 0 is before the first.

    Publishes read_mark.moved to oneself; returns the number. Raises NotFound, and Invalid beyond the conversation's end.
    """
    place = access.place_of(user_id, group_id=group_id, partner_id=partner_id)
    with transaction():
        side = access.membership(user_id, place.group_id, keep=True) if place.group_id else _direct(user_id, place.partner_id)
        last = db.session.execute(conversation.last_number(place.key)).scalar_one_or_none() or 0
        if not 0 <= number <= last:
            raise Invalid(errors={"number": f"The conversation has the numbers 1 to {last}."})
        if side.read_mark != number:
            side.read_mark = number
            publish("read_mark.moved", to_user(user_id), group_id=place.group_id, user_id=place.partner_id, number=number)
        return number


def _direct(user_id, partner_id):
    side = access.direct(user_id, partner_id)
    if side is None:
        raise NotFound
    db.session.refresh(side, with_for_update=sa.sql.selectable.ForUpdateArg(key_share=True))
    return side
