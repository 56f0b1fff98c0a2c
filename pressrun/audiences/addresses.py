"""One address, one key: the form in which Pressrun compares addresses everywhere.

The key is the address trimmed, in Unicode's normal form C, the local part case-folded, the domain in lower
case as A-label (RFC 5891). RFC 5321 lets a server tell `Ana@` from `ana@`; none that takes newsletters does,
and mailing a person twice is the worse mistake. Look-alikes are never folded into one.
"""

import re
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email

#: What is shaved off both ends: blanks of all kinds and the invisible marks that copying leaves behind.
_EDGES = " \t\r\n\f\v\u00a0\u2007\u202f\ufeff\u200b\u2060"
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
#: Plain ASCII addresses need no library to be sure of; what does not match is asked of email-validator.
_PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z]{{2,63}}$"
#: Needs a closer look although it is plain ASCII: A-labels and names that RFC 6761 keeps from the public,
#: local parts over 64 octets and addresses over 254 (RFC 5321 §4.5.3.1).
_DOUBTFUL = r"(?:[@.]..--)|(?:[@.](?:arpa|invalid|local|localhost|onion)$)|(?:^[^@]{65})|(?:^.{254}.)"
_PLAIN_PATTERN = re.compile(_PLAIN)
_DOUBTFUL_PATTERN = re.compile(_DOUBTFUL)

MISSING = "address_missing"
INVALID = "address_invalid"
DOMAIN_INVALID = "address_domain_invalid"


def address_key(address: str) -> str:
    """Give the one form in which an address is compared.

    Args:
        address: As written by a person or a service.

    Raises:
        ValueError: It is no address that can be mailed; the message says why and does not repeat it.
    """
    trimmed = trim(address)
    lowered = trimmed.lower()
    if trimmed.isascii() and _PLAIN_PATTERN.match(lowered) and not _DOUBTFUL_PATTERN.search(lowered):
        return lowered
    return _key_by_library(trimmed)


def domain_of(key: str) -> str:
    """Give the domain of an address key."""
    return key.rpartition("@")[2]


def masked(address: str) -> str:
    """Show an address without telling it: `a…@e….com`."""
    local, _, domain = address.rpartition("@")
    name, _, end = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}….{end}" if local and name else "…"


def trim(address: str) -> str:
    """Take blanks and invisible marks off both ends."""
    return address.strip(_EDGES)


def keys_of(addresses: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Give the keys of many addresses at once, a million plain ones in about a second.

    Args:
        addresses: Strings as written; null counts as missing.

    Returns:
        The keys (null where there is none) and the reason codes (null where there is a key).
    """
    trimmed = pc.utf8_trim(pc.fill_null(addresses, ""), characters=_EDGES)
    lowered = pc.ascii_lower(trimmed)
    plain = pc.and_(pc.match_substring_regex(lowered, _PLAIN), pc.invert(pc.match_substring_regex(lowered, _DOUBTFUL)))
    keys = pc.if_else(plain, lowered, pa.scalar(None, pa.string()))
    rest = pc.indices_nonzero(pc.invert(plain))
    looked_up = [key_or_reason(address) for address in trimmed.take(rest).to_pylist()]
    mask = pc.invert(plain)
    keys = pc.replace_with_mask(keys, mask, pa.array([key for key, _ in looked_up], pa.string()))
    reasons = pa.nulls(len(keys), pa.string())
    reasons = pc.replace_with_mask(reasons, mask, pa.array([reason for _, reason in looked_up], pa.string()))
    return keys, reasons


def key_or_reason(address: str) -> tuple[str | None, str | None]:
    """Give the key of one address, or the code of the reason why it has none."""
    if not address:
        return None, MISSING
    try:
        return address_key(address), None
    except ValueError:
        return None, DOMAIN_INVALID if _is_local_part(address.rpartition("@")[0]) else INVALID


def _is_local_part(text: str) -> bool:
    try:
        address_key(f"{text}@example.org")
    except ValueError:
        return False
    return True


def _key_by_library(address: str) -> str:
    try:
        # `.test` may pass: what is an address does not depend on whether anybody listens there
        found = validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", found.local_part).casefold())
    return f"{local}@{found.ascii_domain.lower()}"
