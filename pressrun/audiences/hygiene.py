"""Look after the subscribers: a report first, an action second, and what was done can be taken back.

Nothing is done by looking. `apply_rule` sets the people of one rule inactive, which an import does not undo and
`undo_rule` does; or it suppresses them, which only a person takes back for each one. Either is kept in the ledger's
decisions with who and why.
"""

import csv
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences import lifecycle
from pressrun.audiences.addresses import masked
from pressrun.audiences.hygiene_page import page
from pressrun.audiences.verdicts import FLAGS, OK, WITHOUT_MAIL, verdicts_of
from pressrun.errors import InputError
from pressrun.ledger import Ledger, decisions, suppressions
from pressrun.ledger.decisions import Decision
from pressrun.ledger.suppressions import Suppression
from pressrun.settings import Settings
from pressrun.warehouse import Lake, read_lake

NEVER_ENGAGED, SOFT_BOUNCING, UNCONFIRMED = "never_engaged", "soft_bouncing", "unconfirmed_long"
#: Days without a confirmation that count as long.
_UNCONFIRMED_DAYS = 30
_EXAMPLES = 5

#: Rule → what it finds, in the order of the report. Domains without mail are asked for by imports only.
RULES: Mapping[str, str] = {
    NEVER_ENGAGED: "They got three issues or more, and neither opened nor clicked one for long.",
    SOFT_BOUNCING: "Two or more mails came back since the last that was delivered; a third in a row suppresses them.",
    UNCONFIRMED: f"They have not confirmed for {_UNCONFIRMED_DAYS} days; they are not mailed anyway.",
    **{flag: meaning for flag, meaning in FLAGS.items() if flag != WITHOUT_MAIL},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The people whom one rule finds."""

    rule: str
    meaning: str
    #: Address key and what is to be said about it.
    people: Sequence[tuple[str, str]]

    def as_json(self) -> dict[str, object]:
        """Give the public shape; examples are masked."""
        examples = [{"address": masked(key), "detail": detail} for key, detail in self.people[:_EXAMPLES]]
        return {"rule": self.rule, "meaning": self.meaning, "count": len(self.people), "examples": examples}


@dataclass(frozen=True, kw_only=True, slots=True)
class HygieneReport:
    """What all rules found."""

    #: Subscribers who may be mailed.
    active: int
    days: int
    found: Sequence[Found]
    #: The page, and the table of who it is about, by address.
    report: Path
    people: Path
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Give the public shape."""
        return {
            "active": self.active,
            "days": self.days,
            "rules": [one.as_json() for one in self.found],
            "report": str(self.report),
            "people": str(self.people),
            "seconds": round(self.seconds, 3),
        }


def look_after(settings: Settings, *, days: int, now: datetime) -> HygieneReport:
    """Hold all subscribers against all rules, and write the page and the table; nothing else is changed.

    Args:
        settings: Where the lake is.
        days: Days without an open or click of a person that count as never.
        now: The present.

    Raises:
        InputError: There is no lake yet.
    """
    began = time.monotonic()
    with read_lake(settings) as lake:
        active = lake.arrow("queries/hygiene_active")["address_key"].combine_chunks()
        found = [Found(rule=rule, meaning=RULES[rule], people=_asked(lake, rule, days, now)) for rule in _ASKED]
    found += _flagged(active)
    folder = settings.private_home() / "reports"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"hygiene-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    report, people = folder / f"{name}.html", folder / f"{name}.csv"
    _write_people(people, found)
    result = HygieneReport(
        active=len(active),
        days=days,
        found=found,
        report=report,
        people=people,
        seconds=time.monotonic() - began,
    )
    _write_whole(report, page(result.as_json(), now))
    return result


def people_of(settings: Settings, rule: str, *, days: int, now: datetime) -> list[str]:
    """Give the address keys of those whom one rule finds.

    Raises:
        InputError: There is no such rule, or no lake.
    """
    _require_rule(rule)
    with read_lake(settings) as lake:
        if rule in _ASKED:
            return [key for key, _ in _asked(lake, rule, days, now)]
        active = lake.arrow("queries/hygiene_active")["address_key"].combine_chunks()
    return [key for one in _flagged(active) if one.rule == rule for key, _ in one.people]


def apply_rule(
    settings: Settings, ledger: Ledger, rule: str, *, suppress: bool, days: int, who: str, why: str, now: datetime
) -> int:
    """Set those whom one rule finds inactive, or suppress them.

    Args:
        settings: Where the lake is.
        ledger: Keeps each decision.
        rule: One of `RULES`.
        suppress: Whether they are suppressed, which undoing the rule does not take back.
        days: As in `look_after`.
        who: Who decided it.
        why: The reason.
        now: The present.

    Returns:
        How many people it is about.

    Raises:
        InputError: There is no such rule, or no lake; nothing was changed.
        StoreBusyError: Another writer kept the lake; nothing was changed.
    """
    keys = people_of(settings, rule, days=days, now=now)
    reason = f"{_mark_of(rule)} {why}".strip()
    if not suppress:
        return lifecycle.mark(settings, ledger, keys, lifecycle.DEACTIVATE, who=who, why=reason, now=now)
    source = f"hygiene:{rule}"[:64]
    suppressions.add(
        ledger,
        [Suppression(address_key=key, reason="blocked", source=source, suppressed_at=now) for key in keys],
    )
    made = [
        Decision(decision="suppress", about=key, decided_by=who[:64], reason=reason, decided_at=now) for key in keys
    ]
    decisions.store_many(ledger, made)
    return len(keys)


def undo_rule(settings: Settings, ledger: Ledger, rule: str, *, who: str, why: str, now: datetime) -> int:
    """Take back what one rule set inactive, where nothing else was decided since.

    Everybody is as before the rule: a pause that lasts, or a deactivation by somebody else, holds again.

    Returns:
        How many people it is about.
    """
    _require_rule(rule)
    with read_lake(settings) as lake:
        marked = lake.rows("queries/hygiene_marked", {"mark": _mark_of(rule)})
    reason = f"undo {_mark_of(rule)} {why}".strip()
    made: list[Decision] = []
    for key, *earlier in marked:
        made.append(
            Decision(decision=lifecycle.REACTIVATE, about=key, decided_by=who[:64], reason=reason, decided_at=now)
        )
        made += _again(key, *earlier, now=now)
    lifecycle.keep(settings, ledger, made)
    return len(marked)


def _again(
    key: str, decision: str | None, who: str, why: str, paused_until: datetime | None, *, now: datetime
) -> list[Decision]:
    """Give the mark that somebody had before a rule came, if it would still hold."""
    if decision == lifecycle.DEACTIVATE:
        again = lifecycle.DEACTIVATE
    elif paused_until is not None and paused_until > now:
        again = lifecycle.pause_until(paused_until.astimezone(UTC).date())
    else:
        return []
    return [Decision(decision=again, about=key, decided_by=who, reason=why, decided_at=now)]


def _mark_of(rule: str) -> str:
    """Give the words by which a decision of a rule is known again."""
    return f"hygiene {rule}:"


def _require_rule(rule: str) -> None:
    if rule not in RULES:
        raise InputError(f"There is no rule {rule!r}. These exist: {', '.join(RULES)}. Nothing was changed.")


#: Rules that are a question to the lake.
_ASKED: Mapping[str, str] = {
    NEVER_ENGAGED: "queries/hygiene_never_engaged",
    SOFT_BOUNCING: "queries/hygiene_soft_bouncing",
    UNCONFIRMED: "queries/hygiene_unconfirmed",
}


def _asked(lake: Lake, rule: str, days: int, now: datetime) -> list[tuple[str, str]]:
    parameters: dict[str, object] = {} if rule == SOFT_BOUNCING else {"now": now, "days": days}
    if rule == UNCONFIRMED:
        parameters["days"] = _UNCONFIRMED_DAYS
    return [(key, detail) for key, detail in lake.rows(_ASKED[rule], parameters)]


def _flagged(active: pa.Array) -> list[Found]:
    """Give the people of each flag, each with the address that was meant where one suggests itself."""
    verdicts = verdicts_of(active)
    odd = pc.indices_nonzero(pc.not_equal(verdicts.code, OK))
    people: dict[str, list[tuple[str, str]]] = {flag: [] for flag in RULES if flag not in _ASKED}
    columns = (active.take(odd), verdicts.code.take(odd), verdicts.suggestion.take(odd))
    for key, code, meant in sorted(zip(*(column.to_pylist() for column in columns), strict=True)):
        people[code].append((key, f"perhaps meant: {key.rpartition('@')[0]}@{meant}" if meant else ""))
    return [Found(rule=flag, meaning=RULES[flag], people=some) for flag, some in people.items()]


def _write_people(path: Path, found: Sequence[Found]) -> None:
    """Write who it is about, by address, for the owner's eyes only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("rule", "address", "detail"))
        table.writerows((one.rule, _harmless(key), _harmless(detail)) for one in found for key, detail in one.people)


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking an address for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.rename(path)
