"""Canaries: mails to the owner that show whether events still arrive, where no later batch can show it."""

from datetime import datetime

from sqlalchemy import select, update

from pressrun.ledger.schema import canaries
from pressrun.ledger.store import Ledger


def begin(ledger: Ledger, canary_id: str, issue_id: str, now: datetime) -> None:
    """Note a canary before it is posted."""
    with ledger.write() as connection:
        connection.execute(canaries.insert().values(canary_id=canary_id, issue_id=issue_id, posted_at=now))


def accept(ledger: Ledger, canary_id: str, now: datetime) -> None:
    """Note that SendGrid accepted it."""
    with ledger.write() as connection:
        connection.execute(update(canaries).where(canaries.c.canary_id == canary_id).values(accepted_at=now))


def accepted_after(ledger: Ledger, issue_id: str, since: datetime) -> list[str]:
    """Give the canaries of an issue that were posted after a time and accepted."""
    query = select(canaries.c.canary_id).where(
        canaries.c.issue_id == issue_id, canaries.c.posted_at > since, canaries.c.accepted_at.is_not(None)
    )
    with ledger.read() as connection:
        return list(connection.scalars(query))


def last_accepted(ledger: Ledger) -> tuple[str, datetime] | None:
    """Give the last canary that was accepted, and when."""
    query = (
        select(canaries.c.canary_id, canaries.c.accepted_at)
        .where(canaries.c.accepted_at.is_not(None))
        .order_by(canaries.c.accepted_at.desc())
        .limit(1)
    )
    with ledger.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.canary_id, row.accepted_at)


def posted_after(ledger: Ledger, issue_id: str, since: datetime) -> bool:
    """Tell whether any canary of an issue was posted after a time, whatever became of it."""
    query = select(canaries.c.canary_id).where(canaries.c.issue_id == issue_id, canaries.c.posted_at > since)
    with ledger.read() as connection:
        return connection.scalar(query.limit(1)) is not None
