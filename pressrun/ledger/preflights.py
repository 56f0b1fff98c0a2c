"""Records of the checks an issue passed, bound to the hash of its content."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from pressrun.ledger.schema import issues, preflights
from pressrun.ledger.store import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Preflight:
    """One run of the checks over one content."""

    issue_id: str
    content_hash: str
    #: The findings as JSON.
    findings: str
    count_errors: int
    checked_at: datetime


def store(ledger: Ledger, preflight: Preflight) -> None:
    """Keep the record of one preflight."""
    with ledger.write() as connection:
        connection.execute(
            preflights.insert().values(
                issue_id=preflight.issue_id,
                content_hash=preflight.content_hash,
                findings=preflight.findings,
                count_errors=preflight.count_errors,
                checked_at=preflight.checked_at,
            )
        )


def passed(ledger: Ledger, issue_id: str, content_hash: str) -> bool:
    """Tell whether the newest preflight of this very content found no error."""
    newest = (
        select(preflights.c.count_errors)
        .where(preflights.c.issue_id == issue_id, preflights.c.content_hash == content_hash)
        .order_by(preflights.c.preflight_id.desc())
        .limit(1)
    )
    with ledger.read() as connection:
        return connection.scalar(newest) == 0


class Earlier(NamedTuple):
    """One issue that has gone out, or is on its way."""

    issue_id: str
    subject: str
    segment: str
    recipients: int


def earlier(ledger: Ledger, issue_id: str) -> list[Earlier]:
    """Give all other issues with a frozen audience that were not cancelled, oldest first."""
    columns = (issues.c.issue_id, issues.c.subject, issues.c.segment, issues.c.count_recipients)
    frozen = (
        select(*columns)
        .where(issues.c.frozen_at.is_not(None), issues.c.cancelled_at.is_(None), issues.c.issue_id != issue_id)
        .order_by(issues.c.frozen_at)
    )
    with ledger.read() as connection:
        return [Earlier(*row) for row in connection.execute(frozen)]
