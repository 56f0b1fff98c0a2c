"""What people decided: what, about what, who and why; and which alarms they were told."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from pressrun.ledger.schema import decisions
from pressrun.ledger.store import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One decision of a person."""

    #: pause, resume, cancel, arm, suppress, unsuppress, deactivate, reactivate, or `pause until` a day.
    decision: str
    #: The issue, address or instance it is about.
    about: str
    decided_by: str
    reason: str
    decided_at: datetime


def store(ledger: Ledger, decision: Decision) -> None:
    """Keep one decision."""
    with ledger.write() as connection:
        connection.execute(
            decisions.insert().values(
                decision=decision.decision,
                about=decision.about,
                decided_by=decision.decided_by,
                reason=decision.reason,
                decided_at=decision.decided_at,
            )
        )


def store_many(ledger: Ledger, wanted: Iterable[Decision]) -> None:
    """Keep many decisions in one transaction."""
    rows = [asdict(decision) for decision in wanted]
    if rows:
        with ledger.write() as connection:
            connection.execute(decisions.insert(), rows)


#: Decisions about whether an address is suppressed.
OF_SUPPRESSIONS = ("suppress", "unsuppress")
#: Decisions about one subscriber. The day of a pause stands in its words, as a person would write it.
_OF_SUBSCRIBERS = (*OF_SUPPRESSIONS, "deactivate", "reactivate")
PAUSE = "pause until "


_NAMES = ("decision", "about", "decided_by", "reason", "decided_at")
_AFTER = (
    select(decisions.c.decision_id, *(decisions.c[name] for name in _NAMES))
    .where(decisions.c.decision.in_(_OF_SUBSCRIBERS) | decisions.c.decision.startswith(PAUSE))
    .where(decisions.c.decision_id > bindparam("after"))
    .order_by(decisions.c.decision_id)
)


def about_subscribers(ledger: Ledger, after: int) -> list[tuple[int, Decision]]:
    """Give the decisions about subscribers with a number above one, each with its number, in order."""
    with ledger.read() as connection:
        return about_subscribers_in(connection, after)


def about_subscribers_in(connection: Connection, after: int) -> list[tuple[int, Decision]]:
    """Do the same within a transaction."""
    rows = connection.execute(_AFTER, {"after": after})
    return [(number, Decision(**dict(zip(_NAMES, said, strict=True)))) for number, *said in rows]


def about(ledger: Ledger, subject: str) -> list[Decision]:
    """Give the decisions about one issue, address or instance, oldest first."""
    columns = [decisions.c[name] for name in _NAMES]
    query = select(*columns).where(decisions.c.about == subject).order_by(decisions.c.decision_id)
    with ledger.read() as connection:
        return [Decision(**row._mapping) for row in connection.execute(query)]


_TOLD = "alarm told"


def first_told(ledger: Ledger, subject: str, now: datetime) -> bool:
    """Tell whether an alarm is new, and note that it was told: nobody reads what is repeated every ten minutes."""
    with ledger.write() as connection:
        return note_told(connection, subject, now)


def note_told(connection: Connection, subject: str, now: datetime) -> bool:
    """Do the same within a transaction."""
    known = select(decisions.c.decision_id).where(decisions.c.decision == _TOLD, decisions.c.about == subject)
    if connection.scalar(known.limit(1)) is not None:
        return False
    note = {"decision": _TOLD, "about": subject, "decided_by": "pressrun", "reason": "", "decided_at": now}
    connection.execute(decisions.insert().values(note))
    return True
