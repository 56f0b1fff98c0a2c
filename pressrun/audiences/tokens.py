"""Unsubscribe tokens: `v1.key-id.random-id.mac`, checked without any database.

The random id is the recipient's id in the ledger: 128 random bits, no address, no counting number. A token is
valid as long as the key that signed it is known, so a link in an old mail keeps working.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

_SHAPE = re.compile(r"v1\.([A-Za-z0-9_-]{6})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


class Minter:
    """Make tokens with one key; the keyed state is set up once, since an issue needs one for each recipient."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)
        self._prefix = f"v1.{key_id(key)}."

    def mint(self, recipient_id: str) -> str:
        """Make the token of one recipient.

        Args:
            recipient_id: 16 random bytes in base64url, 22 characters.
        """
        signed = self._prefix + recipient_id
        keyed = self._keyed.copy()
        keyed.update(signed.encode("ascii"))
        return f"{signed}.{_base64(keyed.digest())}"


def recipient_of(token: str, keys: Sequence[bytes]) -> str | None:
    """Give the recipient a token was made for, or None if no known key made it.

    Every key is tried and compared in constant time, so the time taken tells nothing.
    """
    found = _SHAPE.fullmatch(token)
    recipient_id = found[2] if found else "A" * 22
    genuine = False
    for key in keys:
        genuine |= hmac.compare_digest(Minter(key).mint(recipient_id).encode(), token.encode("utf-8", "replace"))
    return recipient_id if genuine and found else None


def key_id(key: bytes) -> str:
    """Name a key without telling it."""
    return _base64(hashlib.sha256(b"pressrun key id\0" + key).digest())[:6]


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
