"""Pages of a conversation's messages, by their gapless numbers."""

from . import payloads
from .extensions import db
from .models import conversation, message

PAGE = 50
MOST = 100


def page(place, *, before=None, after=None, around=None, limit=PAGE):
    """Return {"messages": oldest first, "more", "last_number"} of a Place.

    Without an anchor the newest page; ``before`` and ``after`` a number, or ``around`` one: half of the page on each side.
    ``more`` tells whether the direction asked for has more (``around``: either side).
    """
    if after is not None:
        rows, more = _after(place.key, after, limit)
    elif around is not None:
        earlier, more_earlier = _before(place.key, around, limit // 2)
        later, more_later = _after(place.key, around - 1, limit - limit // 2)
        rows, more = earlier + later, more_earlier or more_later
    else:
        rows, more = _before(place.key, before, limit)
    last = db.session.execute(conversation.last_number(place.key)).scalar_one_or_none() or 0
    return {"messages": [payloads.message(row) for row in rows], "more": more, "last_number": last}


def _before(key, number, limit):
    rows = db.session.execute(message.before(key, number, limit + 1)).scalars().all()
    return rows[:limit][::-1], len(rows) > limit


def _after(key, number, limit):
    rows = db.session.execute(message.after(key, number, limit + 1)).scalars().all()
    return rows[:limit], len(rows) > limit
