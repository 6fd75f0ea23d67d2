"""Keys: UUIDv7 (RFC 9562) for rows, so that new ones sit together in an index; UUIDv4 where the key is a secret."""

import os
import re
import time
import uuid

CANONICAL = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")  # with IGNORECASE it takes twice as long


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
    return text.lower() if isinstance(text, str) and CANONICAL.fullmatch(text) else None
