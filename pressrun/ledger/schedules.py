"""Schedules: which issue is to be sent when, as it was checked."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select

from pressrun.ledger.schema import schedules
from pressrun.ledger.store import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """One issue that waits for its time."""

    issue_id: str
    #: Path of its file, or its slug.
    reference: str
    segment: str | None
    content_hash: str
    scheduled_by: str
    due_at: datetime
    scheduled_at: datetime


def store(ledger: Ledger, schedule: Schedule) -> None:
    """Schedule an issue, in place of an earlier schedule of it."""
    with ledger.write() as connection:
        connection.execute(delete(schedules).where(schedules.c.issue_id == schedule.issue_id))
        connection.execute(schedules.insert().values(asdict(schedule)))


def every(ledger: Ledger) -> list[Schedule]:
    """Give all schedules, the next one first."""
    with ledger.read() as connection:
        rows = connection.execute(select(schedules).order_by(schedules.c.due_at))
        return [Schedule(**row._mapping) for row in rows]


def find(ledger: Ledger, issue_id: str) -> Schedule | None:
    """Give the schedule of one issue, if it has one."""
    return next((one for one in every(ledger) if one.issue_id == issue_id), None)


def forget(ledger: Ledger, issue_id: str) -> bool:
    """Take an issue off the schedule.

    Returns:
        Whether it was on it.
    """
    with ledger.write() as connection:
        return connection.execute(delete(schedules).where(schedules.c.issue_id == issue_id)).rowcount > 0
