"""Keep to the pace: what the plan says and what really went out lately, read from rows in the claim itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, bindparam, func, select, update

from pressrun.errors import StoppedError
from pressrun.ledger.schema import attempts, batches, cursors, issues
from pressrun.ledger.store import Ledger
from pressrun.pace import Pace, Posted, earliest, plan


class TooEarlyError(StoppedError):
    """The batch is not due yet, by its plan or by what went out lately; nothing was changed."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


def require_room(connection: Connection, pace: Pace, issue_id: str, batch_no: int, count: int, now: datetime) -> None:
    """Let a batch be claimed only if its plan and every limit allow it now.

    Raises:
        TooEarlyError: They do not yet.
    """
    # two workers of PostgreSQL must not both see the same room
    connection.execute(select(issues.c.issue_id).where(issues.c.issue_id == issue_id).with_for_update())
    mine = select(batches.c.lane, batches.c.due_at).where(
        batches.c.issue_id == issue_id, batches.c.batch_no == batch_no
    )
    lane, due_at = connection.execute(mine).one()
    too_large = [limit for limit in pace.limits if limit.holds_for(lane) and limit.weight(count) > limit.count]
    if too_large:
        raise StoppedError(
            f"Batch {batch_no} of issue {issue_id} has {count} recipients, more than the pace allows at all "
            f"({too_large[0].count} in {too_large[0].window}). The pace was lowered after the audience was frozen; "
            "raise PRESSRUN_PACE until this issue is out."
        )
    posted = _posted(connection, now - pace.memory())
    free = earliest(pace, lane, count, now=now, posted=posted, first_day=_begin_warm_up(connection, pace, now))
    until = max(free, due_at) if due_at is not None else free
    if until > now:
        raise TooEarlyError(until)


def due_times(
    ledger: Ledger, pace: Pace, batches_to_go: Sequence[tuple[int, str, int]], start: datetime
) -> dict[int, datetime]:
    """Say when each batch is due after what went out lately; nothing is stored, so a warm-up does not begin by it.

    Args:
        ledger: Read for what went out.
        pace: The limits.
        batches_to_go: Number, lane and recipients of each batch, in the order in which they should go.
        start: When the first may go.
    """
    with ledger.read() as connection:
        posted, first_day = _posted(connection, start - pace.memory()), _warm_up_begun(connection, pace)
    return plan(batches_to_go, pace, start=start, posted=posted, first_day=first_day)


def keep_plan(ledger: Ledger, issue_id: str, due: Mapping[int, datetime]) -> None:
    """Store when each batch is due; safe to repeat."""
    if not due:
        return
    statement = (
        update(batches)
        .where(batches.c.issue_id == issue_id, batches.c.batch_no == bindparam("batch"))
        .values(due_at=bindparam("due"))
    )
    with ledger.write() as connection:
        connection.execute(statement, [{"batch": number, "due": at} for number, at in due.items()])


def waiting(ledger: Ledger, issue_id: str) -> list[tuple[int, str, int, datetime | None]]:
    """Give number, lane, recipients and due time of each planned batch, in the order in which they should go."""
    query = (
        select(batches.c.batch_no, batches.c.lane, batches.c.count_recipients, batches.c.due_at)
        .where(batches.c.issue_id == issue_id, batches.c.state == "planned")
        .order_by(func.coalesce(batches.c.due_at, datetime(1970, 1, 1, tzinfo=UTC)), batches.c.batch_no)
    )
    with ledger.read() as connection:
        return [row._tuple() for row in connection.execute(query)]


def _posted(connection: Connection, since: datetime) -> list[Posted]:
    """Give what left, or may be leaving at this moment; a request that SendGrid refused left as well."""
    query = (
        select(attempts.c.intent_at, batches.c.lane, attempts.c.count_recipients)
        .select_from(attempts.join(batches))
        .where(attempts.c.intent_at > since, (attempts.c.wire_at.is_not(None)) | (attempts.c.state == "intent"))
    )
    return [Posted(*row) for row in connection.execute(query)]


def _warm_up_begun(connection: Connection, pace: Pace) -> date | None:
    """Give the day on which this warm-up was first kept to; another one begins anew."""
    first = connection.scalar(select(cursors.c.position).where(cursors.c.name == _warm_up_name(pace)))
    return None if first is None else date.fromordinal(first)


def _begin_warm_up(connection: Connection, pace: Pace, now: datetime) -> date:
    """Give the same, and begin the warm-up with the first batch that keeps to it."""
    begun = _warm_up_begun(connection, pace)
    today = now.astimezone(UTC).date()
    if begun is None and pace.warm_up is not None:
        connection.execute(cursors.insert().values(name=_warm_up_name(pace), position=today.toordinal()))
    return begun or today


def _warm_up_name(pace: Pace) -> str:
    ramp = pace.warm_up
    return f"warm-up/{ramp.start} x {ramp.factor} for {ramp.days}" if ramp else "warm-up/none"
