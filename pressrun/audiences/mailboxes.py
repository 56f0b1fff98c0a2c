"""Know that several spellings of an address lead to one mailbox, if the owner wants that: Gmail's dots and plus.

`a.n.a+news@googlemail.com` and `ana@gmail.com` are one mailbox: Gmail ignores dots and what follows a plus
(support.google.com/mail/answer/7436150). The address key still tells them apart, for it is what is mailed; the mailbox
key is what else may be compared. It is only ever used to mail less: to find a person again, and to keep everybody
unmailed who left under another spelling.
"""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

_DOMAINS = "@(gmail|googlemail)\\.com$"


def mailbox_key(key: str) -> str:
    """Give the one spelling of the mailbox that an address key leads to; of most it is the key itself.

    Args:
        key: As `address_key` gives it.
    """
    local, _, domain = key.rpartition("@")
    if domain not in ("gmail.com", "googlemail.com"):
        return key
    plain = local.partition("+")[0].replace(".", "")
    return f"{plain}@gmail.com" if plain else key


def mailbox_keys(keys: pa.Array) -> pa.Array:
    """Give the mailbox keys of many address keys at once; null stays null."""
    local = pc.replace_substring_regex(keys, pattern="@.*$", replacement="")
    plain = pc.replace_substring(
        pc.replace_substring_regex(local, pattern="\\+.*$", replacement=""), pattern=".", replacement=""
    )
    theirs = pc.and_(pc.match_substring_regex(keys, _DOMAINS), pc.not_equal(plain, ""))
    return pc.if_else(theirs, pc.binary_join_element_wise(plain, "gmail.com", "@"), keys)


class BySpelling(Mapping[str, str]):
    """Reasons by address key, found by any spelling of the mailbox as well; its own spelling comes first."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self._reasons = reasons
        self._mailboxes = {mailbox_key(key): reason for key, reason in reasons.items()}

    def __getitem__(self, key: str) -> str:
        found = self._reasons.get(key)
        return self._mailboxes[mailbox_key(key)] if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._reasons)

    def __len__(self) -> int:
        return len(self._reasons)


def same_mailbox(keys: Mapping[str, str], others: Iterable[str]) -> set[str]:
    """Give the names of those address keys that lead to a mailbox among others.

    Args:
        keys: A name of one's own, such as a recipient id → address key.
        others: Address keys, in whatever spelling.
    """
    mailboxes = set(map(mailbox_key, others))
    return {name for name, key in keys.items() if mailbox_key(key) in mailboxes}
