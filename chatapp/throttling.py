"""Failures counted in the database, for all workers together."""

import hashlib

import sqlalchemy as sa

from . import clock
from .errors import Throttled
from .extensions import db, insert
from .models import Throttle
from .rules import throttle


def sign_in_keys(login, address):
    """Return what a try to sign in counts against: (key, limit) of the account and of the address."""
    return ((_key("account", login), throttle.ACCOUNT), (_key("address", throttle.address_block(address)), throttle.ADDRESS))


def proof_keys(user_id):
    """Return what a try to prove who one is counts against, for somebody who is signed in."""
    return ((_key("proof", user_id), throttle.ACCOUNT),)


def refuse_throttled(keys, *, hold=False):
    """Raise Throttled when any of the keys must wait. ``hold``: nobody counts against them until the transaction ends."""
    rows = [(db.session.get(Throttle, key, with_for_update=hold), limit) for key, limit in sorted(keys)]
    _refuse([(row, limit) for row, limit in rows if row is not None])


def note_failure(keys):
    """Count a failure against each key, inside the running transaction. Raises Throttled when so many others failed
    meanwhile that this one is not to be told even that it failed."""
    rows = [(_held(key), limit) for key, limit in sorted(keys)]
    _refuse(rows)
    for row, limit in rows:
        row.failures = _counted(row, limit) + 1
        row.last_failed_at = clock.now()


def forgive(key):
    """Forget a key's failures, inside the running transaction."""
    db.session.execute(sa.delete(Throttle).where(Throttle.key == key))


def _held(key):
    """Return a key's row, made if there is none, which nobody else reads or writes until the transaction ends."""
    made = insert(Throttle).values(key=key, failures=0, last_failed_at=clock.now())
    return db.session.execute(made.on_conflict_do_update(index_elements=["key"], set_={"key": key}).returning(Throttle)).scalar_one()


def _refuse(rows):
    longest = max((throttle.wait(limit, row.failures, row.last_failed_at.timestamp(), clock.seconds()) for row, limit in rows), default=0)
    if longest:
        raise Throttled(retry_after=longest)


def _counted(row, limit):
    return throttle.counted(limit, row.failures, row.last_failed_at.timestamp(), clock.seconds())


def _key(kind, what):
    return hashlib.sha256(f"{kind}:{what}".encode()).hexdigest()
