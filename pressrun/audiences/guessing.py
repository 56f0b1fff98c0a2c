"""Guess from a column's name and cells what it means, in tables of services that are not known.

A guess may make more people unmailable than need be, never fewer; it is always told, and `--map` overrules it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pandas as pd

from pressrun.audiences.profile import plain_name
from pressrun.audiences.statuses import NO, YES
from pressrun.audiences.times import ABSENT, READ, read_times

#: Names of columns in which yes means that somebody wants mail.
_WANTED = frozenset(
    (
        *("subscribed", "is_subscribed", "subscribe", "newsletter", "newsletters", "opt_in", "optin", "opted_in"),
        *("consent", "marketing", "marketing_consent", "email_marketing", "accepts_marketing", "mailing_list"),
        *("accepts_email_marketing", "email_consent", "email_marketing_consent", "gdpr_consent", "einwilligung"),
    )
)
#: Parts of names whose dates tell something else than when somebody subscribed.
_OTHER_DATES = (
    *("birth", "born", "geburt", "naissance", "bday", "expir", "renew", "cancel", "unsub", "bounce", "complain"),
    *("clean", "delet", "remov", "end", "until", "last", "letzt", "open", "click", "seen", "activ", "chang", "updat"),
    *("modif", "purchas", "order", "paid", "pay", "invoice", "sent", "due", "trial", "event"),
)
_SAMPLE = 1_000


def guess(frame: pd.DataFrame, known: frozenset[str], *, has_date: bool, now: datetime) -> dict[str, str]:
    """Guess what columns mean that go by no name we know.

    Args:
        frame: The table, all text.
        known: Plain names that the profile gives a meaning to.
        has_date: Whether some column is known to tell when people subscribed.
        now: Dates over a day after this are none.

    Returns:
        Column → meaning, only where cells and name both speak for it.
    """
    guessed = dict(_yes_and_no(frame))
    if has_date:
        return guessed
    free = [column for column in frame.columns if plain_name(column) not in known and column not in guessed]
    dated = [column for column in free if _may_tell_when(column) and _are_dates(frame[column], now)]
    return {**guessed, **({dated[0]: "subscribed_at"} if len(dated) == 1 else {})}


def told(guessed: Mapping[str, str]) -> Iterator[str]:
    """Say what was guessed, and how to overrule it."""
    for column, meaning in guessed.items():
        taken = {
            "opted_in": "holds yes and no, and no is taken for unsubscribed",
            "subscribed_at": "holds dates, and they are taken for when people subscribed",
        }[meaning]
        yield f"“{column}” {taken}; --map “{column}=attribute” makes it a mere attribute."


def _yes_and_no(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for column in frame.columns:
        if plain_name(column) in _WANTED and _are_among(frame[column], YES | NO):
            yield column, "opted_in"


def _are_among(column: "pd.Series[str]", words: Sequence[str] | frozenset[str]) -> bool:
    found = set(column.str.strip().str.casefold().unique()) - {""}
    return bool(found) and found <= set(words)


def _may_tell_when(column: str) -> bool:
    return not any(part in plain_name(column) for part in _OTHER_DATES)


def _are_dates(column: "pd.Series[str]", now: datetime) -> bool:
    """Say whether every filled cell is a date that can be read; some first ones are tried before the rest."""
    filled = column[column.str.strip() != ""]
    return (
        not filled.empty
        and set(read_times(filled.head(_SAMPLE), now).verdicts) == {READ}
        and set(read_times(filled, now).verdicts) <= {READ, ABSENT}
    )
