"""Check that a webhook post was signed by SendGrid: ECDSA P-256, SHA-256, over timestamp and raw body.

The body is checked as it came, to the byte: parsing and writing it again breaks the signature, which is why so
many report that it "never verifies". Every malformed thing is an answer, never an exception.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pressrun.errors import InputError

SIGNATURE_HEADER = "x-twilio-email-event-webhook-signature"
TIMESTAMP_HEADER = "x-twilio-email-event-webhook-timestamp"
#: SendGrid tries for 24 hours and may not sign anew; dedupe, not this window, is what protects from replays.
OLDEST = timedelta(hours=72)
NEWEST = timedelta(minutes=5)
#: Today's timestamps have ten digits; one digit moved over into the body would verify all the same.
_TIMESTAMP = re.compile(rb"[0-9]{10}")


def is_genuine(body: bytes, signature: str, timestamp: str, keys: Sequence[str], now: datetime) -> bool:
    """Tell whether one of the keys signed this body at this time, and the time is near enough.

    Args:
        body: As received.
        signature: Base64 of ASN.1 DER.
        timestamp: Decimal seconds.
        keys: Base64 of DER public keys; two while one replaces the other.
        now: To judge the timestamp by.
    """
    stamp = timestamp.encode("utf-8", "replace")
    if not _TIMESTAMP.fullmatch(stamp) or not body.lstrip().startswith(b"["):
        return False
    signed = _decoded(signature)
    if signed is None:
        return False
    genuine = [_verifies(load_key(key), signed, stamp + body) for key in keys]
    age = now.timestamp() - int(stamp)
    return any(genuine) and -NEWEST.total_seconds() <= age <= OLDEST.total_seconds()


@cache
def load_key(key: str) -> ec.EllipticCurvePublicKey:
    """Read a public key as SendGrid shows it.

    Raises:
        InputError: It is not one.
    """
    try:
        loaded = load_der_public_key(base64.b64decode("".join(key.split()), validate=True))
    except (binascii.Error, ValueError, TypeError):
        loaded = None
    if not isinstance(loaded, ec.EllipticCurvePublicKey) or not isinstance(loaded.curve, ec.SECP256R1):
        raise InputError("SENDGRID_WEBHOOK_PUBLIC_KEY is not a key as SendGrid shows it: base64 without armour.")
    return loaded


def _decoded(signature: str) -> bytes | None:
    try:
        return base64.b64decode(signature, validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _verifies(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
