"""How the server is run."""

import sqlalchemy as sa

from .. import access, announcements, payloads, presence
from ..extensions import db
from ..models import Server, UserStatus
from ..updates import publish, to_group
from .transaction import transaction


def change_server(user_id, invisible_allowed):
    """Let people be invisible or forbid it; whoever is invisible then comes back. Owners of the primary group may.

    Publishes server.changed to everybody, and of each who comes back what set_status publishes. Returns the server's JSON.
    Raises Forbidden.
    """
    with transaction():
        access.server_owner(user_id)
        server = db.session.get(Server, 1, with_for_update=True)  # before accounts and statuses: nobody turns meanwhile
        if server.invisible_allowed != invisible_allowed:
            server.invisible_allowed = invisible_allowed
            db.session.flush()
            publish("server.changed", to_group(access.primary_group().id), server=payloads.server(server))
            if not invisible_allowed:
                _bring_all_back()
        return payloads.server(server)


def _bring_all_back():
    hidden = sa.select(UserStatus.user_id).where(UserStatus.invisible).order_by(UserStatus.user_id)
    user_ids = db.session.execute(hidden).scalars().all()
    people = [access.person(one, keep=True) for one in user_ids]  # all accounts before any status, as everybody holds them
    with presence.changing_together(user_ids) as statuses:
        for status in statuses:
            presence.turn(status, False)
    for person, status in zip(people, statuses, strict=True):
        announcements.me_changed(person, status)
