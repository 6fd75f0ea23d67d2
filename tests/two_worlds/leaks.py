"""Leaks that were put into the product to see that two worlds tell them."""

import sqlalchemy as sa

from chatapp import access, payloads, snapshots
from chatapp import presence as presence_package
from chatapp.actions import presence
from chatapp.actions import read_marks as read_mark_deeds
from chatapp.extensions import db
from chatapp.models import Conversation, UserStatus
from chatapp.presence import shown
from chatapp.rules.presence import last_contact
from chatapp.updates import publish, to_group


def dropped_from_lists(patch):
    """The directory leaves out who is invisible instead of showing them as offline."""
    people = snapshots.people

    def visible(user_ids, asker_id):
        hidden = db.session.execute(sa.select(UserStatus.user_id).where(UserStatus.invisible)).scalars().all()
        return people([one for one in user_ids if one not in hidden], asker_id)

    patch.setattr(snapshots, "people", visible)


def counted_as_online(patch):
    """An invite's preview counts who is online by what is stored."""
    preview = access.invite_preview

    def counting(invite_id):
        online = db.session.execute(sa.select(sa.func.count()).where(UserStatus.auto_status != "offline")).scalar_one()
        return {**preview(invite_id), "member_count": online}

    patch.setattr(access, "invite_preview", counting)


def last_seen_moves(patch):
    """When somebody was last here is computed from what they do while invisible."""
    seen_by_others = payloads.seen_by_others

    def moving(record, now):
        found = seen_by_others(record, now)
        return found._replace(last_seen=last_contact(record.devices, now) or found.last_seen) if record.invisible else found

    patch.setattr(payloads, "seen_by_others", moving)


def beat_takes_a_number(patch):
    """A heartbeat takes a number of a conversation."""
    report = presence.report_beat

    def taking(user_id, *rest):
        with presence.transaction():
            db.session.execute(sa.update(Conversation).values(last_number=Conversation.last_number + 1))
        return report(user_id, *rest)

    patch.setattr(presence, "report_beat", taking)


def ranked_by_what_is_stored(patch):
    """Who is here by what is stored comes first in the directory."""
    people = snapshots.people

    def ranked(user_ids, asker_id):
        here = set(db.session.execute(sa.select(UserStatus.user_id).where(UserStatus.auto_status != "offline")).scalars())
        return people(sorted(user_ids, key=lambda one: one not in here), asker_id)

    patch.setattr(snapshots, "people", ranked)


def read_marks_told(patch):
    """How far somebody has read is told to the group."""
    tell = read_mark_deeds.publish

    def telling(kind, audience, **data):
        tell(kind, audience, **data)
        if data.get("group_id"):
            tell(kind, to_group(data["group_id"]), **data)

    patch.setattr(read_mark_deeds, "publish", telling)


def empty_wake_up(patch):
    """Whatever changes in a status wakes the group, with nothing to tell."""
    settle = shown._settle

    def waking(status, before):
        settle(status, before)
        for group_id in shown._groups_of([status.user_id]):
            publish("presence.changed", to_group(group_id), presence=[])

    patch.setattr(shown, "_settle", waking)


def text_told(patch):
    """A text that somebody writes while invisible is shown."""
    patch.setattr(shown, "turn", lambda status, invisible: setattr(status, "invisible", invisible))
    patch.setattr(presence_package, "turn", shown.turn)


LEAKS = {
    one.__name__: one
    for one in (
        dropped_from_lists,
        counted_as_online,
        last_seen_moves,
        beat_takes_a_number,
        ranked_by_what_is_stored,
        read_marks_told,
        empty_wake_up,
        text_told,
    )
}
