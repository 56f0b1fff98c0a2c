"""Give each address one verdict with one reason code: it is fine, refused for its form, or taken and flagged.

What an address's form tells comes from `addresses`; this looks at what a well-formed address still may be: mistyped,
a disguise, a throw-away, a mailbox that nobody reads as a person. Everything is asked once for each distinct domain, so
that a million addresses take about a second.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from disposable_email_domains import blocklist

from pressrun.audiences.address_hints import meant_domains
from pressrun.audiences.addresses import key_or_reason, trim
from pressrun.audiences.look_alikes import LOOK_ALIKE, MIXED, oddity_of
from pressrun.errors import InputError

OK = "ok"
TYPO, DISPOSABLE, ROLE, WITHOUT_MAIL = "domain_typo", "disposable_domain", "role_account", "domain_without_mail"

#: Flag → what it means, and what to do about it. Of several the first one is named.
FLAGS: Mapping[str, str] = {
    LOOK_ALIKE: "The domain looks like another one and is not; somebody may have meant to deceive.",
    TYPO: "The domain looks mistyped; ask the person, or mend it in your table.",
    MIXED: "The domain mixes scripts as no language does.",
    WITHOUT_MAIL: "The domain takes no mail: it does not exist, says so, or has no server.",
    DISPOSABLE: "The domain gives out addresses to be thrown away.",
    ROLE: "The mailbox belongs to a function (info@, office@), not to a person.",
}

#: Mailboxes of functions: RFC 2142, and what firms in several languages call theirs.
_FUNCTIONS = """
    abuse admin administrator hostmaster postmaster webmaster root security noc ftp www usenet uucp mailer-daemon
    info information contact contacts hello hi office mail email enquiries inquiries help helpdesk support service
    services customerservice customercare feedback sales marketing billing accounts accounting finance invoices orders
    order jobs careers hr recruitment recruiting press media pr legal privacy dpo compliance team staff all everyone
    list lists newsletter news subscribe unsubscribe noreply no-reply donotreply do-not-reply bounce bounces spam test
    it tech technik edv kontakt buero verwaltung sekretariat vertrieb verkauf bestellung bewerbung buchhaltung
    rechnung poststelle empfang datenschutz redaktion
    accueil secretariat direction commercial ventes compta contacto ventas administracion pedidos
    informazioni amministrazione vendite segreteria commerciale contato vendas financeiro
"""
_ROLES = frozenset(_FUNCTIONS.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdicts:
    """One verdict for each of many address keys."""

    #: `ok` or a flag; null where there is no key.
    code: pa.Array
    #: The domain that was meant or is imitated; null where none suggests itself.
    suggestion: pa.Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The verdict on one address."""

    #: `ok`, a reason why there is no key, or a flag.
    code: str
    key: str | None
    #: The whole address that was meant, where one suggests itself.
    suggestion: str | None


def verdicts_of(keys: pa.Array, *, without_mail: Iterable[str] = ()) -> Verdicts:
    """Give the verdict on many address keys.

    Args:
        keys: As `keys_of` gives them; null stays null.
        without_mail: Domains of which the DNS says that they take no mail, where it was asked.
    """
    domains = pc.replace_substring_regex(keys, pattern="^.*@", replacement="").dictionary_encode()
    told = [domain or "" for domain in domains.dictionary.to_pylist()]
    codes, suggestions = _of_domains(told, frozenset(without_mail))
    code = pa.array(codes, pa.string()).take(domains.indices)
    suggestion = pa.array(suggestions, pa.string()).take(domains.indices)
    mailbox = pc.replace_substring_regex(keys, pattern="[+@].*$", replacement="")
    role = pc.and_(pc.is_in(mailbox, pa.array(sorted(_ROLES))), pc.equal(code, OK))
    return Verdicts(code=pc.if_else(role, ROLE, code), suggestion=suggestion)


def verdict_of(address: str, *, without_mail: Iterable[str] = ()) -> Verdict:
    """Give the verdict on one address as a person or a service wrote it."""
    key, reason = key_or_reason(trim(address))
    if key is None:
        return Verdict(code=str(reason), key=None, suggestion=None)
    found = verdicts_of(pa.array([key]), without_mail=without_mail)
    meant = found.suggestion[0].as_py()
    whole = None if meant is None else f"{key.rpartition('@')[0]}@{meant}"
    return Verdict(code=found.code[0].as_py(), key=key, suggestion=whole)


def refused_flags(setting: str) -> frozenset[str]:
    """Read which flags keep a row out: codes parted by commas, as in `PRESSRUN_REFUSE`.

    Raises:
        InputError: One of them is no flag.
    """
    wanted = frozenset(filter(None, (code.strip() for code in setting.split(","))))
    if unknown := sorted(wanted - FLAGS.keys()):
        raise InputError(
            f"PRESSRUN_REFUSE names {', '.join(unknown)}, and these are the flags: {', '.join(FLAGS)}. "
            "Nothing was changed."
        )
    return wanted


def _of_domains(domains: Sequence[str], without_mail: frozenset[str]) -> tuple[list[str], list[str | None]]:
    meant = meant_domains(domains)
    codes: list[str] = []
    for at, domain in enumerate(domains):
        odd, imitated = oddity_of(domain)
        if odd == LOOK_ALIKE:
            meant[at] = imitated
            codes.append(odd)
        elif meant[at] is not None:
            codes.append(TYPO)
        elif odd is not None:
            codes.append(odd)
        elif domain in without_mail:
            codes.append(WITHOUT_MAIL)
        else:
            codes.append(DISPOSABLE if _is_disposable(domain) else OK)
    return codes, meant


def _is_disposable(domain: str) -> bool:
    """Tell whether a domain, or one above it, is on the packaged list."""
    while "." in domain:
        if domain in blocklist:
            return True
        domain = domain.partition(".")[2]
    return False
