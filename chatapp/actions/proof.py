"""The frame of deeds that ask for the password once more: a browser that was left open does not do them for whoever sits down."""

from .. import passwords, throttling
from ..errors import Forbidden
from ..extensions import db
from ..models import User
from .transaction import transaction


def prove(user_id, password):
    """Check a person's current password; failures count as those of signing in do. Returns the hash that it has, to be compared
    inside the deed. Raises Forbidden, and Throttled after too many failures. Nothing may be under way in the session."""
    keys = throttling.proof_keys(user_id)
    throttling.refuse_throttled(keys)
    stored = db.session.get(User, user_id).password
    db.session.rollback()  # hashing takes its time: no connection waits for it
    if passwords.verify_password(stored, password):
        return stored
    with transaction():
        throttling.note_failure(keys)
    wrong = {"current_password": "This is not your current password."}
    raise Forbidden("The current password is not right.", code="bad_credentials", errors=wrong)
