"""Judge the host of an address without asking anybody; a new rule is one more function in the table."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from urllib.parse import SplitResult, urlsplit

from pressrun.issues.findings import Finding, error, warning

#: Names that are only known within a house (RFC 6761, RFC 6762, RFC 8375, and what routers use).
_HOUSE_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".home.arpa", ".corp", ".test")
_NUMBER = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}", re.IGNORECASE)


def host_of(url: str) -> str:
    """Give the host of an address without `www.`; empty if it has none or cannot be read."""
    found = _split(url)
    return "" if found is None else (found.hostname or "").removeprefix("www.")


def _split(url: str) -> SplitResult | None:
    try:
        found = urlsplit(url)
        found.port  # noqa: B018  # reading it is what refuses a port that is none
    except ValueError:
        return None
    return found if found.scheme.lower() in ("http", "https") else None


def _local(url: str, where: str) -> Iterator[Finding]:
    host = host_of(url).rstrip(".")
    if host == "localhost" or host.endswith(_HOUSE_NAMES) or (host and "." not in host and ":" not in host):
        if not _NUMBER.fullmatch(host):
            yield error("link-local", f"Readers cannot reach {host}.", where)
    elif (number := _number(host)) is not None and not number.is_global:
        yield error("link-local", f"{host} is an address of a private network; readers cannot reach it.", where)


def _bare_number(url: str, where: str) -> Iterator[Finding]:
    host = host_of(url)
    number = _number(host)
    odd = number is None and _NUMBER.fullmatch(host)
    if odd or (number is not None and number.is_global):
        yield warning("link-number", f"{url} has a number in place of a name.", where)


def _password(url: str, where: str) -> Iterator[Finding]:
    found = _split(url)
    if found is not None and "@" in found.netloc:
        yield warning("link-password", f"The address of {host_of(url)} holds a user name or a password.", where)


def _lookalike(url: str, where: str) -> Iterator[Finding]:
    host = host_of(url)
    shown = _unicode(host)
    if shown.isascii():
        return
    from confusable_homoglyphs import confusables  # 2 MB of tables that most issues never need

    labels = [label for label in shown.split(".") if not label.isascii()]
    if any(confusables.is_dangerous(label) for label in labels):
        yield warning("link-lookalike", f"The host {shown} ({_ascii(host)}) mixes alphabets.", where)
    elif any(_passes_for_latin(label) for label in labels):
        yield warning(
            "link-lookalike", f"The host {shown} ({_ascii(host)}) looks like Latin letters and is none.", where
        )


def _passes_for_latin(label: str) -> bool:
    """Tell whether each letter of a label has a twin in the Latin alphabet and none is of it."""
    from confusable_homoglyphs import categories, confusables

    letters = [letter for letter in label if letter.isalpha()]
    if any(categories.alias(letter) == "LATIN" for letter in letters):
        return False
    twins = [confusables.is_confusable(letter, preferred_aliases=["latin"]) for letter in letters]
    return all(found and any(twin["c"].isascii() for twin in found[0]["homoglyphs"]) for found in twins)


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _unicode(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna") if "xn--" in host else host
    except (UnicodeError, ValueError):
        return host


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except (UnicodeError, ValueError):
        return "cannot be written in ASCII"


HOST_RULES: tuple[Callable[[str, str], Iterator[Finding]], ...] = (_local, _bare_number, _password, _lookalike)
