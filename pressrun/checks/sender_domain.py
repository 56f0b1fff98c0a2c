"""Ask DNS whether the sender's domain is ready: SPF, DKIM, DMARC, and the host of the unsubscribe link.

Gmail and Yahoo ask bulk senders for all of them since 2024; a one-click unsubscribe counts only in a mail whose
DKIM signature covers it. Sources: RFC 7208, 6376, 7489, 8058; SendGrid's automated security puts its keys at the
selectors s1 and s2.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.resolver

from pressrun.issues.findings import Finding, error, warning

_SECONDS = 4.0
_SELECTORS = ("s1", "s2", "m1")


def judge_domain(from_email: str, public_url: str, where: str, *, resolver: str = "") -> list[Finding]:
    """Give what is missing in DNS.

    Args:
        from_email: The sender.
        public_url: Where the unsubscribe link leads.
        where: The place of the sender in the issue.
        resolver: `address` or `address:port` of the server to ask; empty: the system's.

    Returns:
        Findings; one `domain-unchecked` where there was no answer.
    """
    domain = from_email.rpartition("@")[2].strip().lower()
    if not domain:
        return []
    try:
        zone = _Zone(resolver)
        return list(_judge(zone, domain, urlsplit(public_url).hostname or "", where))
    except dns.exception.DNSException as problem:
        said = f"DNS could not be asked about {domain} ({type(problem).__name__}); nothing is known of it."
        return [warning("domain-unchecked", said, where)]


class _Zone:
    """What one resolver says; no such name and no such record are both an empty answer."""

    def __init__(self, address: str) -> None:
        self._resolver = dns.resolver.Resolver(configure=not address)
        if address:
            host, _, port = address.rpartition(":") if address.count(":") == 1 else (address, "", "")
            self._resolver.nameservers = [host]
            self._resolver.port = int(port or 53)
        self._resolver.lifetime = self._resolver.timeout = _SECONDS

    def texts(self, name: str) -> list[str]:
        return [b"".join(one.strings).decode("utf-8", "replace") for one in self._records(name, "TXT")]

    def has(self, name: str, *kinds: str) -> bool:
        return any(self._records(name, kind) for kind in kinds)

    def _records(self, name: str, kind: str) -> list:  # type: ignore[type-arg]  # dnspython's records have no one type
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong, dns.name.EmptyLabel):
            return []


def _judge(zone: _Zone, domain: str, host: str, where: str) -> Iterator[Finding]:
    if not zone.has(domain, "MX", "A", "AAAA"):
        yield warning("domain-missing", f"{domain} has no MX and no address; answers to it come back.", where)
    yield from _spf(zone.texts(domain), domain, where)
    keys = [zone.texts(f"{selector}._domainkey.{domain}") for selector in _SELECTORS]
    if not any("p=" in text and not text.rstrip("; ").endswith("p=") for texts in keys for text in texts):
        names = " or ".join(f"{selector}._domainkey.{domain}" for selector in _SELECTORS[:2])
        yield warning("domain-dkim", f"There is no key at {names}; mails go out unsigned by {domain}.", where)
    yield from _dmarc(zone, domain, where)
    if host and "." in host and not zone.has(host, "A", "AAAA"):
        yield error("one-click", f"{host}, where the unsubscribe link leads, is not known to DNS.", where)


def _spf(texts: list[str], domain: str, where: str) -> Iterator[Finding]:
    found = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        yield warning("domain-spf", f"{domain} has no SPF record.", where)
    elif len(found) > 1:
        yield warning("domain-spf", f"{domain} has {len(found)} SPF records; then none of them counts.", where)
    elif found[0].lower().split()[-1] in ("+all", "all"):
        yield warning("domain-spf", f"The SPF record of {domain} lets the whole internet send in its name.", where)


def _dmarc(zone: _Zone, domain: str, where: str) -> Iterator[Finding]:
    """Look at the domain, and at those above it, which speak for it."""
    labels = domain.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    records = (text for name in above for text in zone.texts(f"_dmarc.{name}"))
    found = next((text for text in records if text.lower().startswith("v=dmarc1")), None)
    if found is None:
        yield warning("domain-dmarc", f"{domain} has no DMARC record.", where)
    elif not any(part.strip().lower().startswith("p=") for part in found.split(";")):
        yield warning("domain-dmarc", f"The DMARC record of {domain} names no policy (p=).", where)
