"""Issues on their way: prepared, frozen once, paused, cancelled, stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Table, delete, func, select, update

from pressrun.errors import InputError, PressrunError, RefusedError
from pressrun.ledger.schema import attempts, batches, exclusions, issues, recipients
from pressrun.ledger.store import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueDraft:
    """What is known of an issue before its audience is frozen."""

    issue_id: str
    subject: str
    segment: str
    content_hash: str
    #: Everything all recipients share, as JSON.
    shared: bytes
    in_doubt: str = "hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One issue in the ledger."""

    issue_id: str
    subject: str
    segment: str
    content_hash: str
    shared: bytes
    stop_reason: str | None
    in_doubt: str = "hold"
    count_candidates: int | None
    count_recipients: int | None
    preparing_at: datetime
    frozen_at: datetime | None
    paused_at: datetime | None
    cancelled_at: datetime | None
    stopped_at: datetime | None


class FrozenRecipient(NamedTuple):
    """One person of a frozen audience; a tuple, since there may be a million."""

    address_key: str
    recipient_id: str
    subscriber_id: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenBatch:
    """Up to 1,000 recipients with their rendered slots."""

    batch_no: int
    recipients: Sequence[FrozenRecipient]
    slots: bytes
    sha256: str
    #: The mailbox provider whose pace it keeps; empty for all others.
    lane: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """One candidate left out, and why."""

    subscriber_id: str
    reason: str


#: States of an attempt that was accepted, or may have been.
_OUT = ("wire", "accepted", "in_doubt", "abandoned")
#: The columns of a recipient that are known at the freeze, in the order of the table.
_FROZEN = ("issue_id", *FrozenRecipient._fields, "batch_no", "position")


def start(ledger: Ledger, draft: IssueDraft, now: datetime) -> None:
    """Begin to prepare an issue; what a killed preparation left behind is dropped.

    Raises:
        RefusedError: The audience of this issue is frozen already.
    """
    with ledger.write() as connection:
        frozen = connection.scalar(select(issues.c.frozen_at).where(issues.c.issue_id == draft.issue_id))
        if frozen is not None:
            raise RefusedError(
                f"The audience of issue {draft.issue_id} was frozen at {frozen:%Y-%m-%d %H:%M} UTC; "
                "nobody selects it again."
            )
        for table in (recipients, batches, exclusions, issues):
            connection.execute(delete(table).where(table.c.issue_id == draft.issue_id))
        connection.execute(issues.insert().values(**_fields(draft), preparing_at=now))


def add_batches(ledger: Ledger, issue_id: str, added: Sequence[FrozenBatch]) -> None:
    """Store some batches of an audience that is being frozen."""
    with ledger.write() as connection:
        connection.execute(batches.insert(), [_batch_row(issue_id, batch) for batch in added])
        _insert_recipients(connection, issue_id, added)


def add_exclusions(ledger: Ledger, issue_id: str, added: Sequence[Exclusion]) -> None:
    """Store some exclusions of an audience that is being frozen."""
    if not added:
        return
    rows = [{"issue_id": issue_id, "subscriber_id": e.subscriber_id, "reason": e.reason} for e in added]
    with ledger.write() as connection:
        connection.execute(exclusions.insert(), rows)


def freeze(ledger: Ledger, issue_id: str, *, candidates: int, now: datetime) -> None:
    """Close an audience for good, once the stored rows add up to the candidates that were read.

    Raises:
        PressrunError: They do not; nothing can be submitted.
    """
    with ledger.write() as connection:
        count_recipients = _count(connection, recipients, issue_id)
        count_exclusions = _count(connection, exclusions, issue_id)
        if count_recipients + count_exclusions != candidates:
            raise PressrunError(
                f"Issue {issue_id}: {candidates} candidates were read, but {count_recipients} recipients and "
                f"{count_exclusions} exclusions are stored. Nothing was submitted; run the send again."
            )
        connection.execute(
            update(issues)
            .where(issues.c.issue_id == issue_id, issues.c.frozen_at.is_(None))
            .values(frozen_at=now, count_candidates=candidates, count_recipients=count_recipients)
        )


def find(ledger: Ledger, issue_id: str) -> Issue | None:
    """Give one issue, or None if the ledger does not know it."""
    with ledger.read() as connection:
        row = connection.execute(select(issues).where(issues.c.issue_id == issue_id)).one_or_none()
    return None if row is None else Issue(**row._mapping)


def require(ledger: Ledger, issue_id: str) -> Issue:
    """Give one issue.

    Raises:
        InputError: The ledger does not know it.
    """
    found = find(ledger, issue_id)
    if found is None:
        raise InputError(f"The ledger knows no issue {issue_id}. `pressrun status` lists those it knows.")
    return found


def every_id(ledger: Ledger) -> list[str]:
    """Give the ids of all issues, oldest first."""
    with ledger.read() as connection:
        return list(connection.scalars(select(issues.c.issue_id).order_by(issues.c.preparing_at)))


def frozen_ids(ledger: Ledger) -> set[str]:
    """Give the ids of all issues whose audience is frozen; a preparation that was killed is begun anew."""
    with ledger.read() as connection:
        return set(connection.scalars(select(issues.c.issue_id).where(issues.c.frozen_at.is_not(None))))


def standing(ledger: Ledger) -> dict[str, bool]:
    """Give the issues that are frozen and not cancelled, newest first, and whether anything of each may be out."""
    out = select(attempts.c.attempt_id).where(attempts.c.issue_id == issues.c.issue_id, attempts.c.state.in_(_OUT))
    query = (
        select(issues.c.issue_id, out.exists())
        .where(issues.c.frozen_at.is_not(None), issues.c.cancelled_at.is_(None))
        .order_by(issues.c.frozen_at.desc(), issues.c.issue_id)
    )
    with ledger.read() as connection:
        return {issue_id: bool(is_out) for issue_id, is_out in connection.execute(query)}


def stop(ledger: Ledger, issue_id: str, reason: str, now: datetime) -> None:
    """Stop an issue before its next POST; a new send goes on with it."""
    _set(ledger, issue_id, stopped_at=now, stop_reason=reason)


def go_on(ledger: Ledger, issue_id: str) -> None:
    """Clear a stop, when a sender starts again."""
    _set(ledger, issue_id, stopped_at=None, stop_reason=None)


def pause(ledger: Ledger, issue_id: str, now: datetime) -> None:
    """Hold an issue before its next POST until a person resumes it."""
    _set(ledger, issue_id, paused_at=now)


def resume(ledger: Ledger, issue_id: str) -> None:
    """Let a paused issue go on; a send does it."""
    _set(ledger, issue_id, paused_at=None)


def cancel(ledger: Ledger, issue_id: str, now: datetime) -> int:
    """Give up what was not posted yet, for good.

    Returns:
        How many recipients are abandoned by it.
    """
    planned = (batches.c.issue_id == issue_id, batches.c.state == "planned")
    waiting = (
        select(func.count())
        .select_from(recipients.join(batches))
        .where(*planned, recipients.c.withdrawn_at.is_(None), recipients.c.refused_at.is_(None))
    )
    with ledger.write() as connection:
        # the same order as a claim that looks at the pace, or the two could wait for each other
        connection.execute(select(issues.c.issue_id).where(issues.c.issue_id == issue_id).with_for_update())
        abandoned = connection.execute(waiting).scalar_one()
        connection.execute(update(batches).where(*planned).values(state="abandoned"))
        connection.execute(update(issues).where(issues.c.issue_id == issue_id).values(cancelled_at=now))
    return int(abandoned)


def forget_slots(ledger: Ledger, issue_id: str) -> None:
    """Drop the rendered slots of a finished issue: nothing will be posted from them again."""
    with ledger.write() as connection:
        connection.execute(update(batches).where(batches.c.issue_id == issue_id).values(slots=b""))


def exclusions_of(ledger: Ledger, issue_id: str) -> list[Exclusion]:
    """Give the exclusions of one issue."""
    query = select(exclusions.c.subscriber_id, exclusions.c.reason).where(exclusions.c.issue_id == issue_id)
    with ledger.read() as connection:
        return [Exclusion(**row._mapping) for row in connection.execute(query)]


def count_attempts(ledger: Ledger, issue_id: str) -> int:
    """Give how many attempts an issue has had."""
    with ledger.read() as connection:
        return _count(connection, attempts, issue_id)


def _fields(draft: IssueDraft) -> dict[str, object]:
    return {
        "issue_id": draft.issue_id,
        "subject": draft.subject,
        "segment": draft.segment,
        "content_hash": draft.content_hash,
        "shared": draft.shared,
        "in_doubt": draft.in_doubt,
    }


def _batch_row(issue_id: str, batch: FrozenBatch) -> dict[str, object]:
    return {
        "issue_id": issue_id,
        "batch_no": batch.batch_no,
        "state": "planned",
        "slots": batch.slots,
        "sha256": batch.sha256,
        "count_recipients": len(batch.recipients),
        "lane": batch.lane,
    }


def _insert_recipients(connection: Connection, issue_id: str, added: Sequence[FrozenBatch]) -> None:
    """Insert past SQLAlchemy's handling of each row, which costs more than SQLite's own work on it."""
    statement = recipients.insert().values(dict.fromkeys(_FROZEN, "")).compile(dialect=connection.dialect)
    rows = [
        (issue_id, *recipient, batch.batch_no, position)
        for batch in added
        for position, recipient in enumerate(batch.recipients)
    ]
    if statement.positional:
        if list(statement.positiontup or ()) != list(_FROZEN):
            raise PressrunError("SQLAlchemy orders columns in another way than it was asked to.")
        connection.exec_driver_sql(str(statement), rows)
    else:
        connection.exec_driver_sql(str(statement), [dict(zip(_FROZEN, row, strict=True)) for row in rows])


def _count(connection: Connection, table: Table, issue_id: str) -> int:
    counted = select(func.count()).select_from(table).where(table.c.issue_id == issue_id)
    return int(connection.execute(counted).scalar_one())


def _set(ledger: Ledger, issue_id: str, **values: object) -> None:
    with ledger.write() as connection:
        connection.execute(update(issues).where(issues.c.issue_id == issue_id).values(**values))
