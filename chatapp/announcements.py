"""Publications that several deeds share, put together from payloads."""

from . import payloads
from .access import is_server_owner
from .extensions import db, insert
from .models import Conversation, User, conversation, group_member
from .snapshots import members_listed
from .updates import publish, to_group, to_user


def joined(group, membership):
    """Publish that somebody is now in a group that is held: to its members, and in full to the newcomer.

    Until the transaction ends nobody sends there, and nobody who is listed changes: what happens later is told later.
    """
    membership.read_mark = last_number = _hold_conversation(group.id)
    user = db.session.get(User, membership.user_id, with_for_update={"read": True}, populate_existing=True)
    publish("member.added", to_group(group.id), member=payloads.member(membership), user=payloads.person(user))
    count = db.session.execute(group_member.count(group.id)).scalar_one()
    listed = members_listed(group.id, count)
    publish(
        "group.joined",
        to_user(user.id),
        group=payloads.own_group(group, membership, last_number, count, listed and [one for one, _ in listed]),
        users=[payloads.person(one) for _, one in listed or ()],
    )


def me_changed(user, status):
    """Publish to a person's own pages what they are now; both rows are held (``access.held_person``)."""
    db.session.flush()
    publish("me.changed", to_user(user.id), me=payloads.my_settings(user, status, is_server_owner(user.id)))


def _hold_conversation(group_id):
    """Return the newest number of a group's conversation, which nobody moves until the transaction ends."""
    key = conversation.group_key(group_id)
    db.session.execute(insert(Conversation).values(key=key, last_number=0).on_conflict_do_nothing())
    return db.session.execute(conversation.last_number(key).with_for_update()).scalar_one()
