"""Publications that several deeds share, put together from payloads."""

from . import payloads
from .extensions import db
from .models import Conversation, User, conversation, group_member
from .snapshots import members_listed
from .updates import publish, to_group, to_user


def joined(group, membership):
    """Publish that somebody is now in a group: to its members, and in full to the newcomer."""
    user = db.session.get(User, membership.user_id)
    publish("member.added", to_group(group.id), member=payloads.member(membership), user=payloads.person(user))
    count = db.session.execute(group_member.count(group.id)).scalar_one()
    listed = members_listed(group.id, count)
    counter = db.session.get(Conversation, conversation.group_key(group.id))
    publish(
        "group.joined",
        to_user(user.id),
        group=payloads.own_group(group, membership, counter.last_number if counter else 0, count, listed and [one for one, _ in listed]),
        users=[payloads.person(one) for _, one in listed or ()],
    )
