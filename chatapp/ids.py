"""Keys: UUIDv7 (RFC 9562) for rows, so that new ones sit together in an index; UUIDv4 where the key is a secret."""

import os
import time
import uuid


def new_id():
    """Return a new UUIDv7: 48 bits of milliseconds, then 74 random bits."""
    value = int.from_bytes(os.urandom(16))
    value &= (1 << 80) - 1
    value |= (time.time_ns() // 1_000_000) << 80
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return str(uuid.UUID(int=value | (0x7 << 76) | (0x2 << 62)))


def new_secret_id():
    """Return a new UUIDv4: 122 random bits, unguessable."""
    return str(uuid.uuid4())


def parse_id(text):
    """Return the canonical 36-character form of a UUID in that form, or None for anything else."""
    try:
        value = str(uuid.UUID(text))
    except (ValueError, AttributeError, TypeError):
        return None
    return value if value == text.lower() else None
