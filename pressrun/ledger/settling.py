"""Settle attempts: by SendGrid's own events, by a person who knows more, or by the issue's policy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from pressrun.errors import InputError
from pressrun.ledger.attempts import Attempt, set_batch
from pressrun.ledger.batches import family_of
from pressrun.ledger.decisions import note_told
from pressrun.ledger.schema import attempts, batches
from pressrun.ledger.store import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Twice:
    """A batch that two requests carried and SendGrid accepted both times: its recipients got the issue twice."""

    issue_id: str
    batch_no: int
    #: The attempts that were accepted.
    attempt_ids: tuple[str, ...]
    count_recipients: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What settling did."""

    #: Attempts that are accepted now and were not before.
    accepted: tuple[str, ...] = ()
    #: Sentences that a person must read.
    alarms: tuple[str, ...] = ()
    #: Batches of which it is certain now that they went out twice.
    twice: tuple[Twice, ...] = ()


def by_events(ledger: Ledger, seen: Iterable[str], now: datetime) -> Settlement:
    """Accept every attempt that shows an event: one event proves the whole request.

    Args:
        ledger: The ledger.
        seen: Attempts of which at least one event has arrived.
        now: When it was decided.
    """
    accepted: list[str] = []
    alarms: list[str] = []
    twice: list[Twice] = []
    with ledger.write() as connection:
        for attempt in _not_accepted_among(connection, seen):
            others = _accepted_besides(connection, attempt)
            parts = [other for other in others if other.batch_no != attempt.batch_no]
            twice += [_twice(attempt, parts)] if parts else []
            alarms += _contradictions(attempt, others)
            connection.execute(
                update(attempts)
                .where(attempts.c.attempt_id == attempt.attempt_id)
                .values(
                    state="accepted",
                    accepted_at=now,
                    refused_at=None,
                    settled_at=now,
                    settled_by="event",
                    wire_at=attempt.wire_at or attempt.intent_at,
                )
            )
            set_batch(connection, attempt.attempt_id, "accepted")
            _accept_parts(connection, attempt)
            accepted.append(attempt.attempt_id)
    return Settlement(accepted=tuple(accepted), alarms=tuple(alarms), twice=tuple(twice))


def by_person(ledger: Ledger, issue_id: str, batch_no: int, *, accepted: bool, who: str, now: datetime) -> str:
    """Decide an attempt in doubt on a person's word.

    Args:
        ledger: The ledger.
        issue_id: The issue.
        batch_no: Its batch.
        accepted: True if SendGrid took it; False frees the batch to be posted again by the next send.
        who: Whose word it is.
        now: When it was decided.

    Returns:
        The id of the attempt.

    Raises:
        InputError: The batch has no attempt in doubt; nothing was changed.
    """
    with ledger.write() as connection:
        attempt_id = connection.scalar(
            select(attempts.c.attempt_id).where(
                attempts.c.issue_id == issue_id, attempts.c.batch_no == batch_no, attempts.c.state == "in_doubt"
            )
        )
        if attempt_id is None:
            raise InputError(
                f"Batch {batch_no} of issue {issue_id} is not in doubt; nothing was changed. "
                f"`pressrun status {issue_id}` names those that are."
            )
        _decide(connection, attempt_id, "accepted" if accepted else "not_accepted", f"person: {who}", now)
    return str(attempt_id)


def as_not_accepted(ledger: Ledger, attempt_id: str, by: str, now: datetime) -> bool:
    """Free the batch of an attempt in doubt to be posted again.

    Args:
        ledger: The ledger.
        attempt_id: The attempt.
        by: What decided it: `silence`, `fence`, or the policy that was chosen.
        now: When it was decided.

    Returns:
        False if the attempt is not in doubt any more; then nothing was changed.
    """
    with ledger.write() as connection:
        return _decide(connection, attempt_id, "not_accepted", by, now)


def give_up(ledger: Ledger, attempt_id: str, by: str, now: datetime) -> bool:
    """Close the batch of an attempt in doubt for good: nobody posts it again.

    Returns:
        False if the attempt is not in doubt any more; then nothing was changed.
    """
    with ledger.write() as connection:
        return _decide(connection, attempt_id, "abandoned", by, now)


def in_doubt(ledger: Ledger, issue_id: str | None = None) -> list[Attempt]:
    """Give all attempts in doubt, of one issue or of all, oldest first."""
    query = select(attempts).where(attempts.c.state == "in_doubt").order_by(attempts.c.in_doubt_at)
    if issue_id is not None:
        query = query.where(attempts.c.issue_id == issue_id)
    with ledger.read() as connection:
        return [Attempt(**row._mapping) for row in connection.execute(query)]


def answered_after(ledger: Ledger, attempt: Attempt) -> list[Attempt]:
    """Give the attempts of the same issue that were posted after this one fell into doubt and got a 202."""
    query = select(attempts).where(
        attempts.c.issue_id == attempt.issue_id, attempts.c.status_code == 202, attempts.c.wire_at > attempt.in_doubt_at
    )
    with ledger.read() as connection:
        return [Attempt(**row._mapping) for row in connection.execute(query)]


def untold_twice(ledger: Ledger, now: datetime) -> list[Twice]:
    """Give the batches that two requests carried to acceptance, each once: whichever proof came second.

    The first call that sees a batch notes that it was told.
    """
    pairs = (
        select(attempts.c.issue_id, attempts.c.batch_no)
        .where(attempts.c.state == "accepted")
        .group_by(attempts.c.issue_id, attempts.c.batch_no)
        .having(func.count() > 1)
    )
    found: list[Twice] = []
    with ledger.write() as connection:
        for issue_id, batch_no in connection.execute(pairs).all():
            if note_told(connection, f"{issue_id}/{batch_no} twice", now):
                found.append(_twice_of(connection, issue_id, batch_no))
    return found


def _twice_of(connection: Connection, issue_id: str, batch_no: int) -> Twice:
    query = (
        select(attempts)
        .where(attempts.c.issue_id == issue_id, attempts.c.batch_no == batch_no, attempts.c.state == "accepted")
        .order_by(attempts.c.intent_at)
    )
    both = [Attempt(**row._mapping) for row in connection.execute(query)]
    return Twice(
        issue_id=issue_id,
        batch_no=batch_no,
        attempt_ids=tuple(one.attempt_id for one in both),
        count_recipients=min(one.count_recipients for one in both),
    )


def unsettled(ledger: Ledger) -> list[str]:
    """Give the ids of all attempts that an event could still prove accepted."""
    query = select(attempts.c.attempt_id).where(attempts.c.state.not_in(("accepted", "intent", "wire")))
    with ledger.read() as connection:
        return list(connection.scalars(query))


def _decide(connection: Connection, attempt_id: str, state: str, by: str, now: datetime) -> bool:
    """Move an attempt out of doubt, unless somebody else just did."""
    moved = connection.execute(
        update(attempts)
        .where(attempts.c.attempt_id == attempt_id, attempts.c.state == "in_doubt")
        .values(state=state, accepted_at=now if state == "accepted" else None, settled_at=now, settled_by=by[:64])
    )
    if moved.rowcount == 1:
        set_batch(connection, attempt_id, "planned" if state == "not_accepted" else state)
    return moved.rowcount == 1


def _not_accepted_among(connection: Connection, seen: Iterable[str]) -> list[Attempt]:
    ids = list(seen)
    found: list[Attempt] = []
    for at in range(0, len(ids), 500):
        query = select(attempts).where(
            attempts.c.attempt_id.in_(ids[at : at + 500]),
            attempts.c.state.not_in(("accepted", "intent", "wire")),
        )
        found += [Attempt(**row._mapping) for row in connection.execute(query)]
    return found


def _accept_parts(connection: Connection, attempt: Attempt) -> None:
    """Keep what a divided batch lives on in from being posted again: all of it was in the accepted request."""
    parts = family_of(connection, attempt.issue_id, attempt.batch_no)
    connection.execute(
        update(batches)
        .where(
            batches.c.issue_id == attempt.issue_id,
            batches.c.batch_no.in_(parts),
            batches.c.state.in_(("planned", "open", "in_doubt", "abandoned")),
        )
        .values(state="accepted")
    )


def _accepted_besides(connection: Connection, attempt: Attempt) -> list[Attempt]:
    """Give the other accepted attempts at the same batch or at parts of it."""
    family = family_of(connection, attempt.issue_id, attempt.batch_no)
    query = select(attempts).where(
        attempts.c.issue_id == attempt.issue_id,
        attempts.c.batch_no.in_(family),
        attempts.c.attempt_id != attempt.attempt_id,
        attempts.c.state == "accepted",
    )
    return [Attempt(**row._mapping) for row in connection.execute(query)]


def _twice(attempt: Attempt, others: Sequence[Attempt]) -> Twice:
    return Twice(
        issue_id=attempt.issue_id,
        batch_no=attempt.batch_no,
        attempt_ids=(attempt.attempt_id, *(other.attempt_id for other in others)),
        count_recipients=min(attempt.count_recipients, sum(other.count_recipients for other in others)),
    )


def _contradictions(attempt: Attempt, others: Sequence[Attempt]) -> list[str]:
    """Say what a late event contradicts: an answer we had, a decision, or another accepted attempt."""
    said = []
    if attempt.state != "in_doubt":
        said.append(
            f"Attempt {attempt.attempt_id} of issue {attempt.issue_id}, batch {attempt.batch_no}, counted as "
            f"{attempt.state}, but an event shows that SendGrid accepted it."
        )
    if any(other.batch_no != attempt.batch_no for other in others):
        twice = _twice(attempt, others)
        said.append(
            f"Duplicate happened: batch {attempt.batch_no} of issue {attempt.issue_id} was accepted in "
            f"attempts {' and '.join(twice.attempt_ids)}; {twice.count_recipients} recipients got it twice."
        )
    return said
