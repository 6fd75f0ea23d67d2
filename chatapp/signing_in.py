"""What the deeds that begin or end a device share. All inside a running transaction."""

import hashlib
import hmac
import logging
import secrets
from datetime import timedelta

import sqlalchemy as sa

from . import presence
from .clock import now
from .extensions import db
from .models import Device, Server, device
from .models.device import BROWSER, TOKEN
from .updates import publish, to_user, token_hash

IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=90)
TOKEN_LIFETIME = timedelta(days=365)

log = logging.getLogger("chatapp.security")


def begin_device(user_id, name, address=None, kind=BROWSER):
    """Add a device; ``address``: where it is, coarsely. Returns (token, device row); the token is shown once and kept only as its hash."""
    token, at = secrets.token_urlsafe(32), now()
    begun = Device(
        user_id=user_id,
        kind=kind,
        name=name,
        address=address,
        token_hash=token_hash(token),
        created_at=at,
        last_used_at=at,
        expires_at=expiry(kind, at, at),
    )
    db.session.add(begun)
    db.session.flush()
    log.info("device begun: user=%s device=%s kind=%s", user_id, begun.id, kind)
    return token, begun


def expiry(kind, created_at, used_at):
    """Return when a device ends by itself: a browser 14 days after its last use and 90 after its first, a token after a year."""
    if kind == TOKEN:
        return created_at + TOKEN_LIFETIME
    return min(used_at + IDLE, created_at + ABSOLUTE)


def latest_end(begun):
    """Return when a browser's device ends however much it is used: so long the browser keeps its token."""
    return begun.created_at + ABSOLUTE


def renew_device(device_id):
    """Give a browser another token, so that a copy of the old one opens nothing. Returns (token, expiry), or None for an API token."""
    renewed = db.session.get(Device, device_id, with_for_update=True)
    if renewed.kind != BROWSER:
        return None
    token = secrets.token_urlsafe(32)
    renewed.token_hash = token_hash(token)
    publish("session.renewed", to_user(renewed.user_id), device_id=renewed.id)
    return token, latest_end(renewed)


def end_device(ended):
    """End a device: it is signed out everywhere within moments, and its pages count for presence no longer."""
    ended.ended_at = now()
    presence.drop_device(ended.user_id, ended.id)
    publish("session.ended", to_user(ended.user_id), device_id=ended.id)
    log.info("device ended: user=%s device=%s", ended.user_id, ended.id)


def end_devices(user_id, keep=None):
    """End all of a person's devices but one. All are held first, by their ids as everybody holds several, and only then
    their person's status: whoever ends or uses one of them at this instant waits before or after."""
    held = device.alive(user_id, now()).order_by(None).order_by(Device.id).with_for_update()
    for one in db.session.execute(held.execution_options(populate_existing=True)).scalars().all():
        if one.id != keep:
            end_device(one)


def setup_token(secret_key):
    """Return the token with which the first account is made: the same on all workers, another after a restore."""
    epoch = db.session.execute(sa.select(Server.epoch)).scalar_one()
    return hmac.new(secret_key.encode(), f"setup {epoch}".encode(), hashlib.sha256).hexdigest()[:40]
