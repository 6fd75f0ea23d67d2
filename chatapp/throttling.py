"""Failures counted in the database, for all workers together."""

import hashlib

from . import clock
from .errors import Throttled
from .extensions import db
from .models import Throttle
from .rules import throttle


def sign_in_keys(login, address):
    """Return what a try to sign in counts against: (key, limit) of the account and of the address."""
    return ((_key("account", login), throttle.ACCOUNT), (_key("address", throttle.address_block(address)), throttle.ADDRESS))


def refuse_throttled(keys):
    """Raise Throttled when any of the keys must wait."""
    longest = 0
    for key, limit in keys:
        row = db.session.get(Throttle, key)
        if row is not None:
            longest = max(longest, throttle.wait(limit, row.failures, row.last_failed_at.timestamp(), clock.seconds()))
    if longest:
        raise Throttled(retry_after=longest)


def note_failure(keys):
    """Count a failure against each key, inside the running transaction."""
    for key, limit in sorted(keys, key=lambda one: one[0]):
        row = db.session.get(Throttle, key, with_for_update=True)
        if row is None:
            db.session.add(Throttle(key=key, failures=1, last_failed_at=clock.now()))
        else:
            row.failures = throttle.counted(limit, row.failures, row.last_failed_at.timestamp(), clock.seconds()) + 1
            row.last_failed_at = clock.now()


def forgive(key):
    """Forget a key's failures, inside the running transaction."""
    row = db.session.get(Throttle, key)
    if row is not None:
        db.session.delete(row)


def _key(kind, what):
    return hashlib.sha256(f"{kind}:{what}".encode()).hexdigest()
