"""Attempts: intent, wire, outcome; every step durable before the next one is taken.

An attempt moves intent → wire → accepted | refused | in_doubt,
and in_doubt → accepted | not_accepted | abandoned.
Only refused, not_accepted and a crash before wire free its batch for another attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import takewhile
from typing import Literal

from sqlalchemy import Connection, Update, bindparam, func, select, update

from pressrun.errors import PressrunError, StoppedError
from pressrun.ledger import pacing
from pressrun.ledger.identity import require_epoch
from pressrun.ledger.schema import attempts, batches, issues, recipients
from pressrun.ledger.store import Ledger
from pressrun.pace import Pace

#: Where an attempt that is over leaves its batch.
_BATCH_AFTER = {"accepted": "accepted", "refused": "planned", "in_doubt": "in_doubt"}
#: The column that dates each outcome.
_TIME_OF = {"accepted": "accepted_at", "refused": "refused_at", "in_doubt": "in_doubt_at"}
_NEVER_LEFT = "the sender ended before the first byte left"
_NO_ANSWER = "the sender ended before the answer was stored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One POST of one batch."""

    attempt_id: str
    issue_id: str
    batch_no: int
    state: str
    provider_message_id: str | None
    answer: str | None
    settled_by: str | None
    fence_id: str | None
    epoch: int
    status_code: int | None
    count_recipients: int
    intent_at: datetime
    wire_at: datetime | None
    accepted_at: datetime | None
    refused_at: datetime | None
    in_doubt_at: datetime | None
    settled_at: datetime | None
    send_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fence:
    """By which SendGrid can be told to drop an accepted request, until shortly before it would deliver it."""

    fence_id: str
    send_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a POST came to."""

    state: Literal["accepted", "refused", "in_doubt"]
    status_code: int | None = None
    provider_message_id: str | None = None
    #: SendGrid's own words, or what became of the connection.
    answer: str | None = None


def store_intent(
    ledger: Ledger,
    *,
    issue_id: str,
    batch_no: int,
    attempt_id: str,
    count_recipients: int,
    withdrawn: Sequence[str],
    epoch: int,
    now: datetime,
    fence: Fence | None = None,
    pace: Pace | None = None,
) -> bool:
    """Claim a planned batch for one attempt, and note who withdrew before it.

    Returns:
        False if the batch is not planned any more; then nothing was changed.

    Raises:
        StoppedError: A newer sender has started, or the issue is paused, cancelled or stopped.
        TooEarlyError: The pace does not allow it yet.
    """

    def store(connection: Connection) -> bool:
        require_epoch(connection, epoch)
        _require_running(connection, issue_id)
        if pace is not None and not pace.is_free and count_recipients:
            pacing.require_room(connection, pace, issue_id, batch_no, count_recipients, now)
        if not _claim(connection, issue_id, batch_no, "open" if count_recipients else "withdrawn"):
            return False
        _withdraw(connection, withdrawn, now)
        if count_recipients:
            connection.execute(
                attempts.insert().values(
                    attempt_id=attempt_id,
                    issue_id=issue_id,
                    batch_no=batch_no,
                    state="intent",
                    epoch=epoch,
                    count_recipients=count_recipients,
                    intent_at=now,
                    fence_id=fence and fence.fence_id,
                    send_at=fence and fence.send_at,
                )
            )
        return True

    return ledger.store(store)


def store_wire(ledger: Ledger, attempt_id: str, issue_id: str, epoch: int, now: datetime) -> None:
    """Note, right before the first byte, that the request may reach SendGrid from here on.

    Raises:
        StoppedError: A newer sender has started, the issue is paused, cancelled or stopped, or an event has
            shown meanwhile that an earlier attempt at this batch was accepted.
    """

    def store(connection: Connection) -> None:
        require_epoch(connection, epoch)
        _require_running(connection, issue_id)
        _require_open(connection, attempt_id)
        _move(connection, attempt_id, ("intent",), state="wire", wire_at=now)

    ledger.store(store)


def store_outcome(ledger: Ledger, attempt_id: str, outcome: Outcome, now: datetime) -> bool:
    """Store what the POST came to, and what that means for the batch.

    Returns:
        Whether SendGrid gave the same message id to another attempt of the issue.
    """

    def store(connection: Connection) -> bool:
        _move(
            connection,
            attempt_id,
            ("intent", "wire"),
            state=outcome.state,
            status_code=outcome.status_code,
            provider_message_id=outcome.provider_message_id,
            answer=outcome.answer,
            **{_TIME_OF[outcome.state]: now},
        )
        issue_id = set_batch(connection, attempt_id, _BATCH_AFTER[outcome.state])
        asked = {"issue": issue_id, "message": outcome.provider_message_id, "attempt": attempt_id}
        return bool(outcome.provider_message_id) and connection.scalar(_SAME_MESSAGE, asked) is not None

    return ledger.store(store)


def refuse_recipient(ledger: Ledger, issue_id: str, batch_no: int, refusal: str, now: datetime) -> None:
    """Close a planned batch of one recipient that SendGrid does not take, in its own words."""
    with ledger.write() as connection:
        if not _claim(connection, issue_id, batch_no, "refused"):
            raise PressrunError(f"Batch {batch_no} of issue {issue_id} is not planned any more.")
        connection.execute(
            update(recipients)
            .where(
                recipients.c.issue_id == issue_id,
                recipients.c.batch_no == batch_no,
                recipients.c.withdrawn_at.is_(None),
            )
            .values(refusal=refusal, refused_at=now)
        )


def recover(ledger: Ledger, now: datetime, epoch: int | None = None) -> tuple[int, int]:
    """Judge what dead senders left open; call it only as the one sender.

    Args:
        ledger: The ledger.
        now: When.
        epoch: The caller's: one that was replaced must not judge what its successor does. None: nobody else is there.

    Returns:
        How many attempts never left, and how many are in doubt now.
    """
    with ledger.write() as connection:
        if epoch is not None:
            require_epoch(connection, epoch)
        never_left = _ids_in(connection, "intent")
        unanswered = _ids_in(connection, "wire")
        for attempt_id in never_left:
            _move(connection, attempt_id, ("intent",), state="refused", refused_at=now, answer=_NEVER_LEFT)
            set_batch(connection, attempt_id, "planned")
        for attempt_id in unanswered:
            _move(connection, attempt_id, ("wire",), state="in_doubt", in_doubt_at=now, answer=_NO_ANSWER)
            set_batch(connection, attempt_id, "in_doubt")
    return len(never_left), len(unanswered)


def require_running(ledger: Ledger, issue_id: str) -> None:
    """Make sure that nobody wants an issue to hold.

    Raises:
        StoppedError: It is paused, cancelled or stopped.
    """
    with ledger.read() as connection:
        _require_running(connection, issue_id)


def any_open(ledger: Ledger) -> bool:
    """Tell whether any attempt has neither an outcome nor a judgement."""
    query = select(attempts.c.attempt_id).where(attempts.c.state.in_(("intent", "wire"))).limit(1)
    with ledger.read() as connection:
        return connection.scalar(query) is not None


def doubts(ledger: Ledger, issue_id: str, epoch: int) -> tuple[int, int]:
    """Give how many answers of an issue were lost: in a row since this sender started, and in all that still count.

    A batch that a policy freed or gave up at once still counts for the sender that lost its answer.
    """
    lost = (attempts.c.in_doubt_at.is_not(None)) & (attempts.c.state != "accepted")
    mine = (
        select(lost)
        .where(attempts.c.issue_id == issue_id, attempts.c.epoch == epoch)
        .where(attempts.c.state.not_in(("intent", "wire")), attempts.c.wire_at.is_not(None))
        .order_by(attempts.c.wire_at.desc(), attempts.c.intent_at.desc())
        .limit(100)
    )
    in_all = (
        select(func.count())
        .select_from(attempts)
        .where(attempts.c.issue_id == issue_id, lost)
        .where((attempts.c.state == "in_doubt") | (attempts.c.epoch == epoch))
    )
    with ledger.read() as connection:
        in_a_row = sum(1 for _ in takewhile(bool, connection.scalars(mine)))
        return in_a_row, connection.execute(in_all).scalar_one()


def of_issue(ledger: Ledger, issue_id: str) -> list[Attempt]:
    """Give the attempts of one issue, oldest first."""
    query = select(attempts).where(attempts.c.issue_id == issue_id).order_by(attempts.c.intent_at)
    with ledger.read() as connection:
        return [Attempt(**row._mapping) for row in connection.execute(query)]


# Made once: building a statement costs more than running it.
_CONTROLS = select(issues.c.paused_at, issues.c.cancelled_at, issues.c.stopped_at, issues.c.stop_reason).where(
    issues.c.issue_id == bindparam("issue")
)
_BATCH_STATE = (
    select(batches.c.state).select_from(batches.join(attempts)).where(attempts.c.attempt_id == bindparam("attempt"))
)
_OF_ATTEMPT = (
    select(attempts.c.issue_id, attempts.c.batch_no, issues.c.cancelled_at)
    .select_from(attempts.join(batches).join(issues))
    .where(attempts.c.attempt_id == bindparam("attempt"))
)
_CLAIM = (
    update(batches)
    .where(
        batches.c.issue_id == bindparam("issue"),
        batches.c.batch_no == bindparam("batch"),
        batches.c.state == "planned",
    )
    .values(state=bindparam("to"))
)
_MOVE_BATCH = (
    update(batches)
    .where(
        batches.c.issue_id == bindparam("issue"),
        batches.c.batch_no == bindparam("batch"),
        batches.c.state.not_in(("split", "accepted")),
    )
    .values(state=bindparam("to"))
)


_SAME_MESSAGE = (
    select(attempts.c.attempt_id)
    .where(
        attempts.c.issue_id == bindparam("issue"),
        attempts.c.provider_message_id == bindparam("message"),
        attempts.c.attempt_id != bindparam("attempt"),
    )
    .limit(1)
)


def _require_running(connection: Connection, issue_id: str) -> None:
    row = connection.execute(_CONTROLS, {"issue": issue_id}).one()
    if row.cancelled_at:
        raise StoppedError(
            f"Issue {issue_id} was cancelled at {row.cancelled_at:%H:%M} UTC; no batch was posted after."
        )
    if row.paused_at:
        raise StoppedError(f"Issue {issue_id} is paused. `pressrun resume {issue_id}`, then send it again.")
    if row.stopped_at:
        raise StoppedError(f"Issue {issue_id} was stopped: {row.stop_reason} Send it again to go on.")


def _require_open(connection: Connection, attempt_id: str) -> None:
    state = connection.scalar(_BATCH_STATE, {"attempt": attempt_id})
    if state == "accepted":
        raise StoppedError(
            f"Attempt {attempt_id} was ended before its first byte: an event shows that an earlier attempt "
            "at its batch was accepted. Send the issue again to go on with the others."
        )


def _claim(connection: Connection, issue_id: str, batch_no: int, state: str) -> bool:
    claimed = connection.execute(_CLAIM, {"issue": issue_id, "batch": batch_no, "to": state})
    return claimed.rowcount == 1


def _withdraw(connection: Connection, recipient_ids: Sequence[str], now: datetime) -> None:
    for at in range(0, len(recipient_ids), 500):
        connection.execute(
            update(recipients)
            .where(
                recipients.c.recipient_id.in_(recipient_ids[at : at + 500]),
                recipients.c.withdrawn_at.is_(None),
                recipients.c.refused_at.is_(None),
            )
            .values(withdrawn_at=now)
        )


@cache
def _moving(before: tuple[str, ...], names: tuple[str, ...]) -> Update:
    return (
        update(attempts)
        .where(attempts.c.attempt_id == bindparam("moved"), attempts.c.state.in_(before))
        .values({name: bindparam(name) for name in names})
    )


def _move(connection: Connection, attempt_id: str, before: tuple[str, ...], **values: object) -> None:
    moved = connection.execute(_moving(before, tuple(values)), {"moved": attempt_id, **values})
    if moved.rowcount != 1:
        raise PressrunError(f"Attempt {attempt_id} is not in state {' or '.join(before)}; it was left as it is.")


def set_batch(connection: Connection, attempt_id: str, state: str) -> str:
    """Move the batch of an attempt; one that lives on in its parts, or was accepted, stays what it is.

    Returns:
        The issue it belongs to.
    """
    issue_id, batch_no, cancelled_at = connection.execute(_OF_ATTEMPT, {"attempt": attempt_id}).one()
    if state == "planned" and cancelled_at is not None:
        state = "abandoned"  # nobody posts it any more
    connection.execute(_MOVE_BATCH, {"issue": issue_id, "batch": batch_no, "to": state})
    return str(issue_id)


def _ids_in(connection: Connection, state: str) -> list[str]:
    return list(connection.scalars(select(attempts.c.attempt_id).where(attempts.c.state == state)))
