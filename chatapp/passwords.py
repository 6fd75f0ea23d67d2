"""Password hashes: Argon2id with OWASP's parameters (19 MiB, two passes, one lane)."""

import threading
import time
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from .errors import Unavailable
from .greenlets import blocking

AT_ONCE = 2  # hashing fills a core each: more at once would only slow the messages of everybody else
WAIT_SECONDS = 10
POLL_SECONDS = 0.02

NORMAL = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # for tests only

_places = threading.Semaphore(AT_ONCE)
_nobody = {}


def hash_password(password):
    """Return a password's hash. Raises Unavailable when too many wait for theirs."""
    return _in_turn(_hasher().hash, _as_hashed(password))


def verify_password(stored, password):
    """Tell whether a password has this hash; ``stored`` None (no such account) takes the same time. Raises Unavailable."""
    hasher = _hasher()
    if not stored and hasher not in _nobody:
        _nobody[hasher] = _in_turn(hasher.hash, "nobody has this password")
    try:
        return _in_turn(hasher.verify, stored or _nobody[hasher], _as_hashed(password)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored):
    """Tell whether a hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def _as_hashed(password):
    """Return a password in the one form of its characters (NFKC), however the keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def _hasher():
    return CHEAP if current_app.config["PASSWORD_COST"] == "test" else NORMAL


def _in_turn(work, *arguments):
    deadline = time.monotonic() + WAIT_SECONDS
    while not _places.acquire(blocking=False):
        if time.monotonic() > deadline:
            raise Unavailable("Too many people sign in at this moment. Try again shortly.", retry_after=5)
        time.sleep(POLL_SECONDS)
    try:
        return blocking(work, *arguments)
    finally:
        _places.release()
