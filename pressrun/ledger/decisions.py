"""What people decided: what, about what, who and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from pressrun.ledger.schema import decisions
from pressrun.ledger.store import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One decision of a person."""

    #: pause, resume, cancel, arm, suppress, unsuppress.
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


def about(ledger: Ledger, subject: str) -> list[Decision]:
    """Give the decisions about one issue, address or instance, oldest first."""
    columns = [decisions.c[name] for name in ("decision", "about", "decided_by", "reason", "decided_at")]
    query = select(*columns).where(decisions.c.about == subject).order_by(decisions.c.decision_id)
    with ledger.read() as connection:
        return [Decision(**row._mapping) for row in connection.execute(query)]
