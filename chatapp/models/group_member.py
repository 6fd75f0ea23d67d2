"""Who is in which group, as what, and how far they have read."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now
from ..database.prepared import Prepared
from ..database.types import Big, Id, Moment
from ..extensions import db
from ..ids import new_id
from .group import Group
from .user import User

OWNER, MEMBER = "owner", "member"


class GroupMember(db.Model):
    """A membership. A trigger sets ``read_mark`` to the end of the conversation when the row is inserted."""

    __tablename__ = "group_members"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "group_id"),
        sa.CheckConstraint("role IN ('owner', 'member')", name="role"),
        sa.Index("ix_group_members_group_id_user_id", "group_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("users.id", ondelete="CASCADE"))
    group_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("groups.id", ondelete="CASCADE"))
    joined_at: Mapped[object] = mapped_column(Moment, default=now)
    role: Mapped[str] = mapped_column(sa.Text, default=MEMBER, server_default=MEMBER)
    read_mark: Mapped[int] = mapped_column(Big, default=0, server_default="0")


def of(user_id, group_id):
    """Return the statement that finds one person's membership in one group that is not deleted."""
    return (
        sa.select(GroupMember)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.user_id == user_id, GroupMember.group_id == group_id, Group.deleted_at.is_(None))
    )


_members, _groups = GroupMember.__table__, Group.__table__
IS_IN = (
    sa.select(_members.c.group_id)
    .join(_groups, _groups.c.id == _members.c.group_id)
    .where(_members.c.user_id == sa.bindparam("user_id"), _members.c.group_id == sa.bindparam("group_id"), _groups.c.deleted_at.is_(None))
)
IS_KEPT_IN = Prepared(IS_IN.with_for_update(key_share=True, of=_members))
IS_FREE_IN = Prepared(IS_IN.with_for_update(key_share=True, of=_members, skip_locked=True))  # nobody is about to remove them either
MOVE_MARK = Prepared(
    sa.update(_members)
    .where(_members.c.user_id == sa.bindparam("of_user"), _members.c.group_id == sa.bindparam("of_group"))
    .values(read_mark=sa.bindparam("mark"))
)


def groups_of(user_id):
    """Return the statement for the ids of the groups a person is in."""
    return (
        sa.select(GroupMember.group_id)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.user_id == user_id, Group.deleted_at.is_(None))
    )


def count(group_id):
    """Return the statement that counts a group's members."""
    return sa.select(sa.func.count()).select_from(GroupMember).where(GroupMember.group_id == group_id)


def active(group_id):
    """Return the statement for the memberships of a group's people whose accounts are active."""
    members = sa.select(GroupMember).where(GroupMember.group_id == group_id)
    return members.join(User, User.id == GroupMember.user_id).where(User.deactivated_at.is_(None))


def active_owners(group_id):
    """Return the statement for the memberships of a group's owners whose accounts are active."""
    return active(group_id).where(GroupMember.role == OWNER)


def memberships_of(user_ids):
    """Return the statement for several people's memberships in groups that are not deleted."""
    return sa.select(GroupMember).join(Group, Group.id == GroupMember.group_id).where(GroupMember.user_id.in_(user_ids), Group.deleted_at.is_(None))
