"""Keep what was decided about single subscribers: paused until a day, set inactive, taken back.

The ledger's decisions are the truth, in words; the lake holds a copy, from which the view `subscribers` takes a
status and `subscriber_history` its rows. The last mark of an address counts. None of them brings back anybody who
left: a suppression outranks every mark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import pyarrow as pa

from pressrun.audiences.addresses import address_key, masked
from pressrun.audiences.marks import DEACTIVATE, REACTIVATE, end_of_pause
from pressrun.audiences.verdicts import verdict_of
from pressrun.errors import InputError
from pressrun.ledger import Ledger, decisions, suppressions
from pressrun.ledger.decisions import PAUSE, Decision
from pressrun.settings import Settings
from pressrun.warehouse import Lake, open_lake, read_lake

__all__ = [
    "DEACTIVATE", "REACTIVATE", "SubscriberRecord", "keep", "key_of", "mark", "pause_until", "record_of",
    "refresh_decisions", "require_subscriber",
]  # fmt: skip
_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriberRecord:
    """All that is known about one address."""

    address_key: str
    #: What the table of subscribers says; None if nobody with this address is in it.
    subscriber: dict[str, Any] | None
    #: The verdict on the address, and the address that was meant.
    verdict: str
    suggestion: str | None
    suppressions: list[dict[str, Any]]
    history: list[dict[str, Any]]
    decisions: list[dict[str, Any]]

    def as_json(self) -> dict[str, object]:
        """Give the public shape."""
        names = ("address_key", "subscriber", "verdict", "suggestion", "suppressions", "history", "decisions")
        return {name: getattr(self, name) for name in names}


def pause_until(day: date) -> str:
    """Give the decision to mail nobody before a day; on that day, at 00:00 UTC, it ends by itself."""
    return f"{PAUSE}{day.isoformat()}"


def mark(
    settings: Settings, ledger: Ledger, keys: Iterable[str], decision: str, *, who: str, why: str, now: datetime
) -> int:
    """Mark subscribers, in the ledger first and then in the lake's copy.

    Args:
        settings: Where the lake is.
        ledger: Keeps the decisions.
        keys: Address keys.
        decision: `DEACTIVATE`, `REACTIVATE` or what `pause_until` gives.
        who: Who decided it.
        why: The reason.
        now: When.

    Returns:
        How many decisions were kept.

    Raises:
        StoreBusyError: Another writer kept the lake; nothing was changed.
    """
    made = [
        Decision(decision=decision, about=key, decided_by=who[:64], reason=why, decided_at=now)
        for key in dict.fromkeys(keys)
    ]
    keep(settings, ledger, made)
    return len(made)


def keep(settings: Settings, ledger: Ledger, made: Sequence[Decision]) -> None:
    """Keep decisions about subscribers, in the ledger first, all or none, and then in the lake's copy.

    Raises:
        StoreBusyError: Another writer kept the lake; nothing was changed.
    """
    with open_lake(settings) as lake:
        decisions.store_many(ledger, made)
        refresh_decisions(lake, ledger)


def refresh_decisions(lake: Lake, ledger: Ledger) -> int:
    """Add to the lake what the ledger knows of decisions about subscribers and the lake does not.

    Returns:
        How many were added.
    """
    fresh = decisions.about_subscribers(ledger, lake.value("queries/decisions_newest"))
    if fresh:
        with lake.transaction(), lake.table("incoming_decisions", _table(fresh)):
            lake.run("queries/decisions_insert")
    return len(fresh)


def record_of(settings: Settings, ledger: Ledger, address: str) -> SubscriberRecord:
    """Give all that is known about one address.

    Raises:
        InputError: It is no address, or nothing is known about it.
    """
    key = key_of(address)
    subscriber, history = _from_lake(settings, key)
    found = suppressions.of_address(ledger, key)
    decided = decisions.about(ledger, key)
    if subscriber is None and not found and not decided:
        raise InputError(f"Nothing is known about {masked(key)}: it is neither a subscriber's nor suppressed.")
    verdict = verdict_of(key)
    return SubscriberRecord(
        address_key=key,
        subscriber=subscriber,
        verdict=verdict.code,
        suggestion=verdict.suggestion,
        suppressions=[
            {"reason": one.reason, "source": one.source, "suppressed_at": one.suppressed_at} for one in found
        ],
        history=history,
        decisions=[
            {"decision": one.decision, "by": one.decided_by, "why": one.reason, "decided_at": one.decided_at}
            for one in decided
        ],
    )


def require_subscriber(settings: Settings, address: str) -> str:
    """Give the address key of somebody who is a subscriber.

    Raises:
        InputError: It is no address, or nobody has it.
    """
    key = key_of(address)
    if _from_lake(settings, key)[0] is None:
        raise InputError(f"{masked(key)} is no subscriber's address; nothing was changed.")
    return key


def key_of(address: str) -> str:
    """Give the key of an address that a person typed.

    Raises:
        InputError: It is no address.
    """
    try:
        return address_key(address)
    except ValueError as error:
        raise InputError(f"That is no e-mail address ({error}); nothing was changed.") from error


def _from_lake(settings: Settings, key: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    if not settings.catalog_path.exists():
        return None, []
    with read_lake(settings) as lake:
        people = lake.arrow("queries/subscriber_record", {"address_key": key}).to_pylist()
        history = lake.arrow("queries/subscriber_history_of", {"address_key": key}).to_pylist()
    for person in people:
        person["attributes"] = orjson.loads(person["attributes"])
    return (people[0] if people else None), history


def _table(fresh: Iterable[tuple[int, Decision]]) -> pa.Table:
    rows = [
        {
            "decision_id": number,
            "address_key": decision.about,
            "decision": "pause" if decision.decision.startswith(PAUSE) else decision.decision,
            "decided_by": decision.decided_by,
            "reason": decision.reason,
            "paused_until": end_of_pause(decision.decision),
            "decided_at": decision.decided_at,
        }
        for number, decision in fresh
    ]
    texts = [(name, pa.string()) for name in ("address_key", "decision", "decided_by", "reason")]
    return pa.Table.from_pylist(
        rows, pa.schema([("decision_id", pa.int64()), *texts, ("paused_until", _MOMENT), ("decided_at", _MOMENT)])
    )
