"""What the feed asks the database. Only SELECTs, each on a connection that goes straight back to the pool."""

import time
from contextlib import contextmanager

import sqlalchemy as sa

from ..database.gathering import Gathering
from ..database.postgres import SNAPSHOT
from ..database.prepared import Prepared
from ..database.trips import ask_all
from ..models import Device, Event, GroupMember, Server, User, device, group_member
from .window import JOINED, Entry, group_key, groups_of, joins, people_of, user_key

LOOK_ROWS = 1_000
RECENT_ROWS = 2_000
_log, _server = Event.__table__.c, Server.__table__.c
COLUMNS = (_log.position, _log.kind, _log.group_id, _log.user_id, _log.other_user_id, _log.message_id, _log.body)
_SECONDS = sa.extract("epoch", sa.func.clock_timestamp()).label("seconds")
TIME = Prepared(sa.select(_SECONDS))


def _look(*more):
    """Return the statement for all that a look reads, as it is at one instant: without news one row whose position is None."""
    news = sa.select(*COLUMNS).where(_log.position > sa.bindparam("position")).order_by(_log.position).limit(LOOK_ROWS).subquery()
    whole = sa.select(_server.epoch, *more, *news.c).select_from(sa.outerjoin(Server.__table__, news, sa.true()))
    return Prepared(whole.where(_server.id == 1).order_by(news.c.position))  # the only row, as the planner knows now too


LOOK, LOOK_AND_TIME = _look(), _look(_SECONDS)
_newest = sa.select(sa.func.coalesce(sa.func.max(_log.position), 0).label("position"))
NEWEST = Prepared(_newest)
DEVICE = Prepared(
    device.with_token(sa.bindparam("token_hash"))
    .join(User, User.id == Device.user_id)
    .where(User.deactivated_at.is_(None))
    .with_only_columns(Device.id, Device.user_id, Device.expires_at)
)
PRUNED = sa.select(Server.pruned_position)
AUDIENCES = ((Event.group_id, group_key), (Event.user_id, user_key), (Event.other_user_id, user_key))


class Reader:
    """The feed's questions."""

    def __init__(self, engine):
        self._engine = engine
        self._devices, self._groups = Gathering(), Gathering()  # after a restart everybody is asked about at once
        self._tells_time = engine.dialect.name == "postgresql"  # SQLite's clock is this machine's, in milliseconds only

    def look(self, position):
        """Return (epoch, offset of the database's clock, up to LOOK_ROWS entries after ``position`` in order)."""
        with self._engine.connect() as connection:
            rows = (LOOK_AND_TIME if self._tells_time else LOOK).all(connection, {"position": position})
        if not rows:
            raise sa.exc.NoResultFound
        seconds = float(rows[0].seconds) if self._tells_time else time.time()
        return rows[0].epoch, seconds - time.monotonic(), [_entry(row) for row in rows if row.position is not None]

    def offset(self):
        """Return the database's time in seconds since 1970, less this process's monotonic clock."""
        if not self._tells_time:
            return time.time() - time.monotonic()
        with self._engine.connect() as connection:
            return float(TIME.one(connection, {}).seconds) - time.monotonic()

    def newest(self):
        """Return (epoch, the newest position); a position that is visible is settled, and so are all before it."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(Server.epoch, _newest.scalar_subquery())).one()

    def pruned(self):
        """Return the position up to which the log may have holes. Asked after rows were read: pruning goes on meanwhile."""
        with self._engine.connect() as connection:
            return connection.execute(PRUNED).scalar_one()

    def recent(self, position):
        """Return the last RECENT_ROWS entries up to ``position``, in order."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(*COLUMNS).where(Event.position <= position).order_by(Event.position.desc()).limit(RECENT_ROWS)).all()
        return [_entry(row) for row in reversed(rows)]

    def newest_by_key(self, below):
        """Yield (key, newest position) of every audience that has events below a position."""
        with self._engine.connect() as connection:
            for column, key in AUDIENCES:
                rows = connection.execute(
                    sa.select(column, sa.func.max(Event.position)).where(column.is_not(None), Event.position < below).group_by(column)
                )
                for identity, position in rows:
                    yield key(identity), position

    def backlog(self, keys, position, newest, most):
        """Return (pruned position, up to ``most`` entries under these keys after ``position`` and up to ``newest``, in order).
        Of groups that the person of these keys came into only then, nothing from before that."""
        people = people_of(keys)
        between = sa.select(*COLUMNS).where(Event.position > position, Event.position <= newest).order_by(Event.position)
        own = sa.or_(Event.user_id.in_(people), Event.other_user_id.in_(people))
        with self._engine.connect() as connection:
            joined = joins(map(_entry, connection.execute(between.where(own, Event.kind == JOINED))))
            since = [sa.and_(Event.group_id == group_id, Event.position > joined[group_key(group_id)]) for group_id in groups_of(joined)]
            groups = Event.group_id.in_(groups_of(key for key in keys if key not in joined))
            rows = connection.execute(between.where(sa.or_(own, groups, *since)).limit(most)).all()
        return self.pruned(), [_entry(row) for row in rows]

    def device(self, token_hash):
        """Return (position, (device id, user id, expiry) of a token whose device and account are active, or None) as it was at
        that position or later."""
        return self._together(self._devices, self._devices_with, token_hash)

    def _devices_with(self, token_hashes):
        with self._engine.connect() as connection:
            position = NEWEST.one(connection, {}).position
            found = ask_all(connection, [((DEVICE,), {"token_hash": one}) for one in token_hashes])
        return [(position, row) for (row,) in found]

    def groups(self, user_id):
        """Return (position, ids of a person's groups as they were at that position)."""
        return self._together(self._groups, self._groups_each, user_id)

    def _groups_each(self, user_ids):
        position, groups = self.groups_of_many(user_ids)
        return [(position, groups[user_id]) for user_id in user_ids]

    def groups_of_many(self, user_ids):
        """Return (position, {person: ids of their groups}) as they were at that position."""
        groups = {user_id: set() for user_id in user_ids}
        with self._one_instant() as connection:
            position = NEWEST.one(connection, {}).position
            for start in range(0, len(user_ids), 500):
                part = user_ids[start : start + 500]
                for user_id, group_id in connection.execute(
                    group_member.memberships_of(part).with_only_columns(GroupMember.user_id, GroupMember.group_id)
                ):
                    groups[user_id].add(group_id)
        return position, groups

    def _together(self, gathering, ask, about):
        """Ask about one together with others of whom is asked at this moment, where each question is a way to a server."""
        return gathering.ask(ask, about) if self._engine.dialect.name == "postgresql" else ask([about])[0]

    @contextmanager
    def _one_instant(self):
        """Yield a connection whose statements all see the same; each by itself may see more than the one before."""
        with self._engine.connect().execution_options(**SNAPSHOT) as connection, connection.begin():
            yield connection


def _entry(row):
    keys = {make(identity) for identity, make in ((row.group_id, group_key), (row.user_id, user_key), (row.other_user_id, user_key)) if identity}
    return Entry(row.position, tuple(keys), row.body, row.kind, row.message_id)
