"""What a person may see, read in bulk: the groups, conversations and people of /api/state. Bounded whatever the server's size."""

import sqlalchemy as sa

from . import payloads, sight
from .access import is_server_owner
from .clock import seconds
from .extensions import db
from .models import Conversation, Direct, Event, Group, GroupMember, Server, User, UserStatus, user, user_status

LISTED_MEMBERS = 200
STATE_USERS = 1_000
MEMBERSHIP = (GroupMember.user_id, GroupMember.group_id, GroupMember.role, GroupMember.joined_at)


def newest_position():
    """Return (epoch, position) that a state read after this may be continued from."""
    newest = sa.select(sa.func.coalesce(sa.func.max(Event.position), 0)).scalar_subquery()
    return db.session.execute(sa.select(Server.epoch, newest)).one()


def state(user_id):
    """Return everything a page needs to start, as one person sees it, without its cursor."""
    groups = own_groups(user_id)
    directs = own_directs(user_id)
    wanted = dict.fromkeys([user_id, *(one["user_id"] for one in directs)])
    for group in groups:
        wanted.update(dict.fromkeys(one["user_id"] for one in group["members"] or ()))
    seen = people(list(wanted)[:STATE_USERS], user_id)
    return {"me": me(user_id), "users": seen, "groups": groups, "directs": directs, "server": server()}


def me(user_id):
    """Return a person as they see themself."""
    own, status = db.session.execute(sa.select(User, UserStatus).join(UserStatus, UserStatus.user_id == User.id).where(User.id == user_id)).one()
    return payloads.me(own, status, is_server_owner(user_id), seconds())


def server():
    """Return how this server is run."""
    return payloads.server(db.session.get(Server, 1))


def people(user_ids, asker_id):
    """Return these people as the asker sees them now, in the order asked; unknown ids are left out."""
    rows = db.session.execute(_shown().where(User.id.in_([*user_ids, asker_id]))).all()
    found = dict(zip([row.id for row in rows], _as_seen(rows, asker_id), strict=True))
    return [found[user_id] for user_id in user_ids if user_id in found]


def find_people(search, limit, asker_id):
    """Return (active people whose name or username contains ``search``, by name, whether there are more)."""
    ids = [found.id for found in db.session.execute(user.matching(search, limit + 1)).scalars()]
    return people(ids[:limit], asker_id), len(ids) > limit


def own_groups(user_id, group_id=None):
    """Return a person's groups (or one of them) as they see them, the primary one first, then by name."""
    mine = (
        sa.select(Group, GroupMember, sa.func.coalesce(Conversation.last_number, 0), _member_count())
        .join(GroupMember, GroupMember.group_id == Group.id)
        .outerjoin(Conversation, Conversation.key == sa.literal("group:") + sa.cast(Group.id, sa.String))
        .where(GroupMember.user_id == user_id, Group.deleted_at.is_(None))
        .order_by(Group.is_primary.desc(), sa.func.lower(Group.name), Group.id)
    )
    if group_id is not None:
        mine = mine.where(Group.id == group_id)
    rows = db.session.execute(mine).all()
    listed = _members_of([group.id for group, _, _, count in rows if count <= LISTED_MEMBERS])
    return [payloads.own_group(group, own, last, count, listed.get(group.id)) for group, own, last, count in rows]


def own_directs(user_id):
    """Return a person's direct conversations, by their partners' ids."""
    rows = db.session.execute(
        sa.select(Direct, sa.func.coalesce(Conversation.last_number, 0))
        .outerjoin(Conversation, Conversation.key == Direct.conversation)
        .where(Direct.user_id == user_id)
        .order_by(Direct.partner_id)
    )
    return [payloads.direct(direct, last) for direct, last in rows]


def members_listed(group_id, count):
    """Return (membership, user) of a group's members, or None where there are too many to list. For deeds: their accounts
    change no more until the transaction ends."""
    if count > LISTED_MEMBERS:
        return None
    listed = sa.select(GroupMember, User).join(User, User.id == GroupMember.user_id).where(GroupMember.group_id == group_id)
    listed = listed.order_by(GroupMember.user_id).with_for_update(read=True, of=User)
    return db.session.execute(listed.execution_options(populate_existing=True)).all()


def member_page(group_id, after, limit, asker_id):
    """Return (members with their people as the asker sees them, whether more follow) of a group, by name, after a given person."""
    page = _shown(*MEMBERSHIP).join(GroupMember, GroupMember.user_id == User.id).where(GroupMember.group_id == group_id)
    name = sa.func.lower(User.name)
    if after is not None:
        anchor = sa.select(name).where(User.id == after).scalar_subquery()
        page = page.where(sa.or_(name > anchor, sa.and_(name == anchor, User.id > after)))
    rows = db.session.execute(page.order_by(name, User.id).limit(limit + 1)).all()
    listed = rows[:limit]
    members = [{**payloads.member(row), "user": seen} for row, seen in zip(listed, _as_seen(listed, asker_id), strict=True)]
    return members, len(rows) > limit


def _as_seen(rows, asker_id):
    """Return the people of these rows as the asker sees them now. Oneself too is what others see: "me" is another shape."""
    records, now = {row.id: user_status.record(row) for row in rows}, seconds()
    viewer = sight.viewer(asker_id, records, records.get(asker_id))
    return [payloads.user(row, records[row.id], now, viewer) for row in rows]


def _shown(*more):
    """Return the statement for what others see of people. Columns: objects would take most of the time of a state."""
    return sa.select(User.id, User.name, User.username, User.deactivated_at, *user_status.RECORDED, *more).join(
        UserStatus, UserStatus.user_id == User.id
    )


def _member_count():
    return sa.select(sa.func.count()).select_from(GroupMember).where(GroupMember.group_id == Group.id).correlate(Group).scalar_subquery()


def _members_of(group_ids):
    found = {group_id: [] for group_id in group_ids}
    rows = db.session.execute(sa.select(*MEMBERSHIP).where(GroupMember.group_id.in_(group_ids)).order_by(GroupMember.group_id, GroupMember.user_id))
    for membership in rows:
        found[membership.group_id].append(membership)
    return found
