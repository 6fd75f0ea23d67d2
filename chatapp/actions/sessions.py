"""Sign in, sign out, make a token, name and end a device."""

import sqlalchemy as sa

from .. import access, passwords, payloads, signing_in, snapshots, throttling
from ..clock import now
from ..errors import NotFound, Unauthorized
from ..extensions import db
from ..models import Device, User, UserStatus, device, user
from ..models.device import TOKEN
from ..rules import text
from .proof import prove
from .transaction import transaction


class BadCredentials(Unauthorized):
    """The login or the password is wrong; which one is not said."""

    code = "bad_credentials"
    detail = "The name or the password is not right."


def sign_in(login, password, device, address, replaced=None):
    """Sign in with a username or address. Returns (token, expiry, the person as they see themself).

    ``device``: (name, coarse address) of the one to be; ``address`` is where the try comes from; ``replaced`` the Asker whose
    device this browser had until now: it ends, so that a cookie planted before cannot survive. Raises BadCredentials, and Throttled after too many failures.
    """
    login = login.strip().lower()
    keys = throttling.sign_in_keys(login, address)
    throttling.refuse_throttled(keys)
    found = db.session.execute(user.with_login(login)).scalar_one_or_none()
    user_id, stored = (found.id, found.password) if found is not None and found.deactivated_at is None else (None, None)
    db.session.rollback()  # hashing takes its time: no connection waits for it
    if not passwords.verify_password(stored, password):
        _note_failure(keys, address)
        raise BadCredentials
    better = passwords.hash_password(password) if passwords.needs_rehash(stored) else stored
    with transaction():
        throttling.refuse_throttled(keys, hold=True)  # of many tries at once only so many are told what they found
        person = _unchanged(user_id, stored)
        person.password = better
        if not db.session.get(UserStatus, person.id).invisible:  # else whoever guesses would learn by it that they came
            throttling.forgive(keys[0][0])
        if replaced is not None:
            _end(replaced.user_id, replaced.device_id)
        token, begun = signing_in.begin_device(person.id, *device)
        return token, signing_in.latest_end(begun), snapshots.me(person.id)


def sign_out(user_id, device_id):
    """End one's own device. Publishes session.ended. Raises NotFound."""
    with transaction():
        if not _end(user_id, device_id):
            raise NotFound


def rename_device(user_id, device_id, name, current_id):
    """Give one of one's devices another name. Returns its JSON. Raises Invalid, NotFound."""
    name = text.device_name(name)
    with transaction():
        renamed = _alive(user_id, device_id)
        if renamed is None:
            raise NotFound
        renamed.name = name
        return payloads.device(renamed, current_id)


def end_device(user_id, device_id, password):
    """End another of one's devices. Publishes session.ended. Raises Forbidden for a wrong password, Throttled, NotFound."""
    prove(user_id, password)
    sign_out(user_id, device_id)


def end_others(user_id, current_id, password):
    """End all of one's devices but the current one. Publishes session.ended of each. Raises Forbidden, Throttled."""
    prove(user_id, password)
    with transaction():
        signing_in.end_devices(user_id, keep=current_id)


def create_token(user_id, name, device_id=None):
    """Make an API token. ``device_id``: the device that asks for it. Returns (token, device JSON).

    Raises Invalid, NotFound for a deactivated account, and Unauthorized when the device has ended.
    """
    name = text.device_name(name)
    with transaction():
        db.session.get(User, user_id, with_for_update=True)  # a password change at this instant ends this token too, or came first
        person = access.active_person(user_id)
        if device_id is not None and _alive(user_id, device_id) is None:
            raise Unauthorized
        token, begun = signing_in.begin_device(person.id, name, kind=TOKEN)
        return token, payloads.device(begun, None)


def touch_devices(device_ids):
    """Note that devices were used just now, which prolongs them."""
    with transaction():
        at = now()
        for one in db.session.execute(sa.select(Device).where(Device.id.in_(device_ids), Device.ended_at.is_(None)).order_by(Device.id)).scalars():
            one.last_used_at = at
            one.expires_at = signing_in.expiry(one.kind, one.created_at, at)


def _note_failure(keys, address):
    with transaction():
        throttling.note_failure(keys)
    signing_in.log.info("sign-in failed: address=%s", address)


def _unchanged(user_id, stored):
    """Return the account if neither its password nor its being active changed while the password was checked."""
    person = db.session.get(User, user_id, with_for_update=True)
    if person.deactivated_at is not None or person.password != stored:
        raise BadCredentials
    return person


def _alive(user_id, device_id):
    return db.session.execute(device.alive(user_id, now()).where(Device.id == device_id)).scalar_one_or_none()


def _end(user_id, device_id):
    found = _alive(user_id, device_id)
    if found is not None:
        signing_in.end_device(found)
    return found is not None
