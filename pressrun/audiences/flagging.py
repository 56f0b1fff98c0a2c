"""Look at the addresses of an import beyond their form: flag what stands out, find people under other spellings."""

import ipaddress
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences.addresses import domain_of
from pressrun.audiences.arrow import as_array, as_column
from pressrun.audiences.mail_exchange import asker, domains_without_mail
from pressrun.audiences.mailboxes import mailbox_key, mailbox_keys
from pressrun.audiences.verdicts import OK, verdicts_of
from pressrun.errors import InputError
from pressrun.settings import Settings
from pressrun.warehouse import read_lake

#: Seconds for all questions of one import to the DNS; what is not answered by then counts as taking mail.
_DNS_SECONDS = 30.0


def with_flags(frame: pd.DataFrame, settings: Settings, now: datetime) -> pd.DataFrame:
    """Add a column `flag`: the code of what is to be looked at in an address, missing where there is nothing.

    Args:
        frame: The rows of all tables of one import, as `normalise` gives them.
        settings: Whether the DNS is asked, and where earlier answers are.
        now: The present.
    """
    keys = as_array(frame["address_key"])
    code = verdicts_of(keys, without_mail=_without_mail(frame["domain"], settings, now)).code
    return frame.assign(flag=as_column(pc.if_else(pc.equal(code, OK), pa.scalar(None, pa.string()), code)))


def _without_mail(domains: "pd.Series[str]", settings: Settings, now: datetime) -> frozenset[str]:
    if not settings.check_mx:
        return frozenset()
    servers = [resolver_of(settings.resolver)] if settings.resolver else []
    cache = settings.private_home() / "mail_exchange.json"
    # the time goes to the domains of most people first
    wanted = [str(domain) for domain in domains.value_counts().index]
    return domains_without_mail(wanted, cache, now=now, limit=_DNS_SECONDS, ask=asker(servers))


def resolver_of(setting: str) -> tuple[str, int]:
    """Read the address and port of a name server: `192.0.2.1`, `192.0.2.1:5353`, or an IPv6 address.

    Raises:
        InputError: It is none of these.
    """
    address, _, port = (setting, "", "") if setting.count(":") > 1 else setting.partition(":")
    try:
        return str(ipaddress.ip_address(address)), int(port or 53)
    except ValueError:
        raise InputError(
            f"PRESSRUN_RESOLVER is {setting!r}, which is no IP address, with or without a port. Nothing was changed; "
            "write it like 192.0.2.1:53, or leave it empty for the system's own."
        ) from None


def under_one_spelling(people: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Give all rows of one Gmail mailbox the same address, if the settings say that it is one.

    It is the spelling under which the lake knows the mailbox, the oldest of several, or else the one that comes first
    in the table. A row whose own spelling is known stays as it is.

    Args:
        people: Good rows with address, address_key and domain.
        settings: Whether spellings are merged, and where the lake is.
    """
    if not settings.gmail_merge:
        return people
    keys = as_array(people["address_key"])
    at_gmail = people["domain"].isin(["gmail.com", "googlemail.com"]).to_numpy()
    known = _known(settings)
    first = {mailbox_key(key): (key, email) for key, email in reversed(known.items())}
    mailboxes = mailbox_keys(keys.filter(pa.array(at_gmail))).to_pylist()
    rows = people.loc[at_gmail, ["address_key", "address"]].itertuples(index=False)
    chosen: list[tuple[str, str]] = []
    for (key, address), mailbox in zip(rows, mailboxes, strict=True):
        theirs = first.setdefault(mailbox, (key, address))
        chosen.append((key, address) if key in known or key == theirs[0] else theirs)
    changed = people.copy()
    changed.loc[at_gmail, "address_key"] = [key for key, _ in chosen]
    changed.loc[at_gmail, "address"] = [address for _, address in chosen]
    changed.loc[at_gmail, "domain"] = [domain_of(key) for key, _ in chosen]
    return changed


def _known(settings: Settings) -> dict[str, str]:
    """Give the address as written of each key at Gmail that the lake holds, the oldest first."""
    if not settings.catalog_path.exists():
        return {}
    with read_lake(settings) as lake:
        return dict(lake.rows("queries/audience_gmail"))
