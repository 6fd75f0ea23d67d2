"""Planted bugs of the way out: what becomes of an event that is stored. See plants.py."""

import threading
import time


def state_before_its_cursor():
    """The state is read first and its cursor afterwards: what came between is in neither."""
    from chatapp import snapshots
    from chatapp.extensions import db
    from chatapp.identity import require_asker

    read, newest, kept = snapshots.state, snapshots.newest_position, threading.local()

    def afterwards():
        kept.state = read(require_asker().user_id)
        db.session.rollback()  # the snapshot ends
        time.sleep(0.05)
        return newest()

    snapshots.newest_position, snapshots.state = afterwards, lambda user_id: kept.state


def epoch_ignored():
    """A cursor counts in whichever life of the database."""
    from chatapp.updates import Feed

    begin = Feed.__init__

    def careless(feed, *arguments):
        begin(feed, *arguments)
        read = feed.seal.open
        feed.seal.open = lambda text: (feed.epoch, read(text)[1])

    Feed.__init__ = careless


def removed_member_served():
    """Whoever is in a group in a worker's memory stays in it."""
    from chatapp.updates.rights import Rights

    class Kept(set):
        def discard(self, group_id):
            pass

    remember = Rights.remember_groups
    Rights.remember_groups = lambda rights, user_id, groups, as_of: (
        remember(rights, user_id, groups, as_of) and (rights._groups.update({user_id: Kept(groups)}) or True)
    )


def rights_remembered():
    """A poll's rights are those of when its person last asked for them, some seconds ago."""
    from chatapp.updates import Feed

    now, known = Feed.rights_now, {}

    def remembered(feed, key):
        rights, at = known.get(key, (None, 0))
        if rights is None or time.monotonic() - at > 2:
            rights, at = known[key] = now(feed, key), time.monotonic()
        return rights

    Feed.rights_now = remembered


def window_forgets_silently():
    """What fell out of a small window is not missed."""
    from chatapp.updates import feed, window

    class Small(window.Window):
        def __init__(self):
            super().__init__(most_events=12)

        def covers(self, keys, position):
            return True

    feed.Window = Small


def tail_before_fork():
    """The tail was started before the fork: its marks are in the workers, its thread is not."""
    from chatapp.updates import tail

    def looked_once(feed):
        feed.watched = True
        feed.look()

    tail.start = looked_once


def bell_not_heard():
    """No ring wakes a tail, and its safety look comes every five minutes: after the run, however slow the machine is."""
    from chatapp.updates import feed, tail

    tail._Ear.wait = lambda ear: time.sleep(300)
    feed.BLIND_SECONDS = 600


def delivered_is_forgotten():
    """The server remembers how far each device was told, and tells nothing twice: a lost answer is lost."""
    from chatapp.updates.poll import Poll

    look, told = Poll._look_or_lie_down, {}

    def once(poll, deadline):
        epoch, furthest = told.get(poll._token_hash, (None, 0))
        if epoch == poll._epoch and furthest > poll._position:
            poll._position = furthest
            poll._cursor = poll._feed.seal.seal(epoch, furthest)
        batch = look(poll, deadline)
        if batch is not None and batch.bodies:
            told[poll._token_hash] = poll._epoch, poll._position
        return batch

    Poll._look_or_lie_down = once


def cursor_of_the_worker():
    """An idle answer says where the worker stands, and no worker asks whether the client was further."""
    from chatapp.updates import Feed, poll

    answer = poll.answer
    Feed.reaches = lambda feed, epoch, position: epoch == feed.epoch

    def standing(feed, *arguments):
        found = answer(feed, *arguments)
        return found if found.bodies else poll.Batch(feed.seal.seal(feed.epoch, feed.position), next=found.next)

    poll.answer = standing


def cut_without_more():
    """An answer that was cut at its bound says that the client stands where all of it ends."""
    from chatapp.updates import poll

    poll.MOST_EVENTS, batch = 3, poll.Poll._batch

    def careless(asking, entries):
        made = batch(asking, entries)
        return poll.Batch(asking._feed.seal.seal(asking._epoch, entries[-1].position), made.bodies) if made.more else made

    poll.Poll._batch = careless


def newest_first():
    """An answer with several events begins with the newest."""
    from chatapp.updates.window import Window

    news = Window.news
    Window.news = lambda *arguments: news(*arguments)[::-1]


def cursor_at_the_first():
    """An answer with several events says that the client stands at the first of them."""
    from chatapp.updates.poll import Batch, Poll

    batch = Poll._batch

    def behind(asking, entries):
        made = batch(asking, entries)
        return Batch(asking._feed.seal.seal(asking._epoch, entries[0].position), made.bodies, made.more) if len(entries) > 1 else made

    Poll._batch = behind
