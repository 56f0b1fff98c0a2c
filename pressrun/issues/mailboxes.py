"""Tell mistyped domains of the large mailbox providers."""

import difflib
import re

#: What a person means by an address; the verdict on it is somebody else's.
ADDRESS = re.compile(r"[^@\s<>\"(),:;]+@[^@\s<>\"(),:;]+\.[^@\s<>\"(),:;.]{2,}")

#: Where people mistype, and what is often written in their place on purpose.
_KNOWN = ("gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com", "googlemail.com")
_OTHERS = frozenset({"mail.com", "email.com", "ymail.com", "gmx.com", "hotmail.co", "yahoo.co", "pmail.com"})


def mistyped(address: str) -> str:
    """Give the domain that was probably meant; empty if the domain of an address is nothing to wonder about."""
    domain = address.rpartition("@")[2].strip().lower()
    near = difflib.get_close_matches(domain, _KNOWN, n=1, cutoff=0.88)
    return near[0] if near and domain not in _KNOWN and domain not in _OTHERS else ""
