"""Batches: claimed by compare-and-set, split when SendGrid refuses, counted for the sums."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, or_, select, update

from pressrun.errors import StoppedError
from pressrun.ledger.schema import attempts, batches, exclusions, recipients
from pressrun.ledger.store import Ledger

#: Stands for "due at any time" where dates are put in order.
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """The counts of one issue, read from its rows at one moment."""

    excluded: dict[str, int]
    #: State of batches → how many recipients that were neither withdrawn nor refused.
    by_batch_state: dict[str, int]
    #: State of batches → how many batches.
    batches: dict[str, int]
    withdrawn: int
    refused: int
    #: Recipients of open batches whose attempt has reached the wire.
    on_the_wire: int
    #: Attempts with neither an outcome nor a judgement, and those in doubt.
    undecided: int = 0
    #: When the next planned batch is due; None if none is planned, or one is due at any time.
    next_due: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A smaller batch that a split makes."""

    recipient_ids: Sequence[str]
    slots: bytes
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """One batch as it was frozen, and who of it has reached an end."""

    state: str
    slots: bytes
    sha256: str
    #: Ids of all its recipients, in order.
    members: Sequence[str]
    #: Those who were withdrawn or refused.
    ended: frozenset[str]


def planned(ledger: Ledger, issue_id: str) -> list[int]:
    """Give the numbers of the batches that may be posted, in the order in which they are due."""
    query = (
        select(batches.c.batch_no)
        .where(batches.c.issue_id == issue_id, batches.c.state == "planned")
        .order_by(func.coalesce(batches.c.due_at, _ALWAYS), batches.c.batch_no)
    )
    with ledger.read() as connection:
        return list(connection.scalars(query))


def slots_of(ledger: Ledger, issue_id: str, batch_no: int) -> tuple[bytes, str]:
    """Give the rendered slots of one batch, and their hash at the freeze."""
    query = select(batches.c.slots, batches.c.sha256).where(
        batches.c.issue_id == issue_id, batches.c.batch_no == batch_no
    )
    with ledger.read() as connection:
        row = connection.execute(query).one()
    return row.slots, row.sha256


_PARENT = batches.alias("parent")
_BATCH = (batches.c.issue_id == bindparam("issue"), batches.c.batch_no == bindparam("batch"))
_OF_BATCH = (recipients.c.issue_id == bindparam("issue"), recipients.c.batch_no == bindparam("batch"))
_CONTENT = select(batches.c.state, batches.c.slots, batches.c.sha256).where(*_BATCH)
_IN_ORDER = select(recipients.c.recipient_id).where(*_OF_BATCH).order_by(recipients.c.position).subquery()
#: One text instead of 1,000 rows: a row costs more to hand over than to read.
_MEMBERS = select(func.aggregate_strings(_IN_ORDER.c.recipient_id, " "))
_ENDED = select(recipients.c.recipient_id).where(
    *_OF_BATCH, or_(recipients.c.withdrawn_at.is_not(None), recipients.c.refused_at.is_not(None))
)


def content_of(ledger: Ledger, issue_id: str, batch_no: int) -> Content:
    """Give what is needed to post one batch, as one look at the ledger."""
    asked = {"issue": issue_id, "batch": batch_no}
    with ledger.read() as connection:
        state, slots, sha256 = connection.execute(_CONTENT, asked).one()
        return Content(
            state=state,
            slots=slots,
            sha256=sha256,
            members=str(connection.scalar(_MEMBERS, asked) or "").split(),
            ended=frozenset(connection.scalars(_ENDED, asked)),
        )


def family(ledger: Ledger, issue_id: str, batch_no: int) -> list[int]:
    """Give a batch and all parts it was split into, and those into, and so on."""
    with ledger.read() as connection:
        return family_of(connection, issue_id, batch_no)


def family_of(connection: Connection, issue_id: str, batch_no: int) -> list[int]:
    """Give the same within a transaction."""
    found, youngest = [batch_no], [batch_no]
    while youngest:
        query = select(batches.c.batch_no).where(batches.c.issue_id == issue_id, batches.c.parent_no.in_(youngest))
        youngest = list(connection.scalars(query))
        found += youngest
    return found


def split(ledger: Ledger, issue_id: str, batch_no: int, parts: Sequence[Part]) -> list[int]:
    """Replace a planned batch by smaller ones, so that a bad address costs only itself.

    Args:
        ledger: The ledger.
        issue_id: The issue.
        batch_no: The batch to split.
        parts: Its parts; their numbers are given out here.

    Returns:
        The numbers of the parts.
    """
    with ledger.write() as connection:
        _leave_planned(connection, issue_id, batch_no, "split")
        last = connection.scalar(select(func.max(batches.c.batch_no)).where(batches.c.issue_id == issue_id))
        numbers = [int(last or 0) + 1 + at for at in range(len(parts))]
        for number, part in zip(numbers, parts, strict=True):
            _insert_part(connection, issue_id, batch_no, number, part)
    return numbers


def join(ledger: Ledger, issue_id: str, numbers: Sequence[int], part: Part) -> int:
    """Replace planned parts of one batch by a larger part, so that they cost one POST.

    Returns:
        The number of the new part.
    """
    with ledger.write() as connection:
        for number in numbers:
            _leave_planned(connection, issue_id, number, "split")
        last = connection.scalar(select(func.max(batches.c.batch_no)).where(batches.c.issue_id == issue_id))
        _insert_part(connection, issue_id, numbers[0], int(last or 0) + 1, part)
    return int(last or 0) + 1


def sums(ledger: Ledger, issue_id: str) -> Sums:
    """Count one issue from its rows, as one look at the ledger."""
    with ledger.read() as connection:
        by_state, withdrawn, refused = _tally(connection, issue_id)
        return Sums(
            excluded=_excluded(connection, issue_id),
            by_batch_state=by_state,
            batches=_batches_by_state(connection, issue_id),
            withdrawn=withdrawn,
            refused=refused,
            on_the_wire=_on_the_wire(connection, issue_id),
            next_due=_next_due(connection, issue_id),
            undecided=_undecided(connection, issue_id),
        )


def _leave_planned(connection: Connection, issue_id: str, batch_no: int, state: str) -> None:
    moved = connection.execute(
        update(batches)
        .where(batches.c.issue_id == issue_id, batches.c.batch_no == batch_no, batches.c.state == "planned")
        .values(state=state)
    )
    if moved.rowcount != 1:
        raise StoppedError(
            f"Batch {batch_no} of issue {issue_id} was settled or cancelled meanwhile; it was left as it is."
        )


def _insert_part(connection: Connection, issue_id: str, parent_no: int, number: int, part: Part) -> None:
    connection.execute(
        batches.insert().values(
            issue_id=issue_id,
            batch_no=number,
            parent_no=parent_no,
            state="planned",
            slots=part.slots,
            sha256=part.sha256,
            count_recipients=len(part.recipient_ids),
            # a part goes at once: its batch had its time already
            lane=select(_PARENT.c.lane)
            .where(_PARENT.c.issue_id == issue_id, _PARENT.c.batch_no == parent_no)
            .scalar_subquery(),
        )
    )
    connection.execute(
        update(recipients)
        .where(recipients.c.recipient_id == bindparam("moved"))
        .values(batch_no=number, position=bindparam("at")),
        [{"moved": recipient_id, "at": at} for at, recipient_id in enumerate(part.recipient_ids)],
    )


def _excluded(connection: Connection, issue_id: str) -> dict[str, int]:
    query = (
        select(exclusions.c.reason, func.count()).where(exclusions.c.issue_id == issue_id).group_by(exclusions.c.reason)
    )
    return dict(connection.execute(query).tuples().all())


_TALLY = (
    select(
        recipients.c.batch_no,
        func.count(),
        func.count(recipients.c.withdrawn_at),
        func.count(recipients.c.refused_at),
    )
    .where(recipients.c.issue_id == bindparam("issue"))
    .group_by(recipients.c.batch_no)
)


def _tally(connection: Connection, issue_id: str) -> tuple[dict[str, int], int, int]:
    """Count recipients by the state of their batch, and those withdrawn and refused, in one pass over the rows."""
    query = select(batches.c.batch_no, batches.c.state).where(batches.c.issue_id == issue_id)
    states = dict(connection.execute(query).tuples().all())
    by_state: Counter[str] = Counter()
    withdrawn = refused = 0
    for number, everyone, left, bad in connection.execute(_TALLY, {"issue": issue_id}):
        withdrawn, refused = withdrawn + left, refused + bad
        if everyone > left + bad:
            by_state[states[number]] += everyone - left - bad
    return dict(by_state), withdrawn, refused


def _batches_by_state(connection: Connection, issue_id: str) -> dict[str, int]:
    query = select(batches.c.state, func.count()).where(batches.c.issue_id == issue_id).group_by(batches.c.state)
    return dict(connection.execute(query).tuples().all())


def _next_due(connection: Connection, issue_id: str) -> datetime | None:
    query = (
        select(batches.c.due_at)
        .where(batches.c.issue_id == issue_id, batches.c.state == "planned")
        .order_by(func.coalesce(batches.c.due_at, _ALWAYS))
        .limit(1)
    )
    found: datetime | None = connection.scalar(query)
    return found


def _on_the_wire(connection: Connection, issue_id: str) -> int:
    """Count the recipients on the wire in batches that are still open; one that an event accepted is not."""
    query = (
        select(func.coalesce(func.sum(attempts.c.count_recipients), 0))
        .select_from(attempts.join(batches))
        .where(attempts.c.issue_id == issue_id, attempts.c.state == "wire", batches.c.state == "open")
    )
    return int(connection.execute(query).scalar_one())


def _undecided(connection: Connection, issue_id: str) -> int:
    query = (
        select(func.count())
        .select_from(attempts)
        .where(attempts.c.issue_id == issue_id, attempts.c.state.in_(("intent", "wire", "in_doubt")))
    )
    return int(connection.execute(query).scalar_one())
