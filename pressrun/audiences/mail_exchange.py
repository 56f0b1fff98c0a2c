"""Ask the DNS which domains take mail, if the owner wants that; whatever it does not answer speaks for the domain.

A domain takes no mail if it does not exist, says so itself (RFC 7505), or has neither a mail exchanger nor an address
(RFC 5321 §5.1). Nothing is sent to anybody: only names are looked up. Answers are kept beside the stores, so that the
next import asks again only about what is new or old.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import dns.exception
import dns.resolver
import orjson

Answer = bool | None
#: Domain → whether it takes mail; None where nobody could say.
Ask = Callable[[str], Answer]

#: Days for which an answer counts: a domain that takes mail seldom stops, one that was missing may come back.
_KEPT = {True: timedelta(days=30), False: timedelta(days=2)}
_AT_ONCE = 32
#: Seconds for one name, all tries together.
_PER_NAME = 4.0


def domains_without_mail(
    domains: Iterable[str], cache: Path, *, now: datetime, limit: float, ask: Ask | None = None
) -> frozenset[str]:
    """Give those of some domains that take no mail, as far as the DNS tells within the time.

    Args:
        domains: A-labels, the most important first; what the time does not suffice for counts as taking mail.
        cache: File of earlier answers; made if it is not there, and replaced if it cannot be read.
        now: The present.
        limit: Seconds for all of it.
        ask: Asks one name; the system's own resolver if none is given.
    """
    wanted = list(dict.fromkeys(domains))
    known = {domain: answer for domain, answer in _read(cache).items() if _counts(answer, now)}
    fresh = _ask_all([domain for domain in wanted if domain not in known], ask or asker(), limit)
    if fresh:
        known.update((domain, (takes, now.timestamp())) for domain, takes in fresh.items())
        _write(cache, known)
    return frozenset(domain for domain in wanted if domain in known and not known[domain][0])


def asker(servers: Iterable[tuple[str, int]] = ()) -> Ask:
    """Give a function that asks about one domain.

    Args:
        servers: Address and port of name servers; none means those of the system.
    """
    told = list(servers)
    try:
        resolver = dns.resolver.Resolver(configure=not told)
    except dns.resolver.NoResolverConfiguration:
        return lambda domain: None
    if told:
        resolver.nameservers = [address for address, _ in told]
        resolver.nameserver_ports = dict(told)
    resolver.lifetime = _PER_NAME
    resolver.timeout = _PER_NAME / 2
    return lambda domain: _takes_mail(resolver, domain)


def _takes_mail(resolver: dns.resolver.Resolver, domain: str) -> Answer:
    """Ask one domain; only a clear no is a no."""
    try:
        exchangers = resolver.resolve(f"{domain}.", "MX", raise_on_no_answer=False)
        if exchangers.rrset is None:
            return _has_address(resolver, domain)
        return any(str(found.exchange) != "." for found in exchangers)
    except dns.resolver.NXDOMAIN:
        return False
    except dns.exception.DNSException:
        return None


def _has_address(resolver: dns.resolver.Resolver, domain: str) -> bool:
    """Without a mail exchanger the domain's own address takes the mail."""
    kinds = ("A", "AAAA")
    return any(resolver.resolve(f"{domain}.", kind, raise_on_no_answer=False).rrset is not None for kind in kinds)


def _ask_all(domains: list[str], ask: Ask, limit: float) -> dict[str, bool]:
    """Ask about many domains at once, and give what was answered when the time is over."""
    if not domains:
        return {}
    deadline, answers, over = time.monotonic() + limit, dict[str, bool](), threading.Event()

    def work(domain: str) -> None:
        if over.is_set() or time.monotonic() > deadline:
            return
        answer = ask(domain)
        if answer is not None:
            answers[domain] = answer

    pool = ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(domains)))
    waiting = [pool.submit(work, domain) for domain in domains]
    try:
        for one in waiting:
            one.result(timeout=max(deadline - time.monotonic(), 0.01))
    except TimeoutError:
        pass
    over.set()
    # whoever still waits for a server ends by its own limit; nobody waits for that
    pool.shutdown(wait=False, cancel_futures=True)
    return dict(answers)


def _counts(answer: tuple[bool, float], now: datetime) -> bool:
    takes, asked_at = answer
    return 0 <= now.timestamp() - asked_at < _KEPT[takes].total_seconds()


def _read(cache: Path) -> dict[str, tuple[bool, float]]:
    try:
        found = orjson.loads(cache.read_bytes())
        return {str(domain): (bool(takes), float(asked_at)) for domain, (takes, asked_at) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(cache: Path, answers: Mapping[str, tuple[bool, float]]) -> None:
    """Replace the file as a whole, so that two imports at once leave one of both."""
    draft = cache.with_name(f"{cache.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(answers))
    draft.rename(cache)
