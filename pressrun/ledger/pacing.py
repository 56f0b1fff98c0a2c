"""Keep to the pace: what the plan says and what really went out lately, read from rows in the claim itself."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import Connection, bindparam, func, select, update

from pressrun.errors import StoppedError
from pressrun.ledger.schema import attempts, batches, cursors, issues
from pressrun.ledger.store import Ledger
from pressrun.pace import Pace, Posted, earliest

_WARM_UP = "warm-up/"


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
    free = earliest(pace, lane, count, now=now, posted=posted, first_day=_first_day(connection, pace, now))
    until = max(free, due_at) if due_at is not None else free
    if until > now:
        raise TooEarlyError(until)


def posted_lately(ledger: Ledger, pace: Pace, now: datetime) -> tuple[list[Posted], date | None]:
    """Give what went out as far back as a pace remembers, and the first day of its warm-up."""
    with ledger.write() as connection:
        return _posted(connection, now - pace.memory()), _first_day(connection, pace, now)


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


def _first_day(connection: Connection, pace: Pace, now: datetime) -> date | None:
    """Give the day on which this warm-up was first kept to; another one begins anew."""
    if pace.warm_up is None:
        return None
    name = f"{_WARM_UP}{pace.warm_up.start} x {pace.warm_up.factor} for {pace.warm_up.days}"
    first = connection.scalar(select(cursors.c.position).where(cursors.c.name == name))
    if first is None:
        first = now.astimezone(UTC).toordinal()
        connection.execute(cursors.insert().values(name=name, position=first))
    return date.fromordinal(first)
