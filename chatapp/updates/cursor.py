"""Cursors: where a client stands in the log, sealed so that the text tells nothing about anybody's activity."""

import base64
import binascii
import hashlib
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import BadCursor

VERSION = 1
NONCE_BYTES = 12
LAYOUT = struct.Struct(">BQQ")  # version, database epoch, position
STANDARD = bytes.maketrans(b"-_+/", b"+/-_")  # the URL's alphabet to the usual one, and what is not of it away
TEXT_LENGTH = 60  # of 12 + 17 + 16 bytes in base64


class CursorSeal:
    """Seals and opens cursors with a key derived from the server's secret (AES-GCM, random nonce)."""

    def __init__(self, secret_key):
        self._cipher = AESGCM(hashlib.sha256(b"chatapp cursor\0" + secret_key.encode()).digest())

    def seal(self, epoch, position):
        """Return the text of a cursor: always the same length, never twice the same."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, LAYOUT.pack(VERSION, epoch, position), None)
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, text):
        """Return (epoch, position). Raises BadCursor for anything that this server did not seal."""
        try:
            if len(text) != TEXT_LENGTH:
                raise ValueError
            raw = binascii.a2b_base64(text.encode("ascii").translate(STANDARD), strict_mode=True)
            version, epoch, position = LAYOUT.unpack(self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None))
        except (ValueError, InvalidTag, struct.error):
            raise BadCursor from None
        if version != VERSION:
            raise BadCursor
        return epoch, position
