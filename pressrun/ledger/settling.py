"""Settle attempts: by SendGrid's own events, or by a person who knows more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from pressrun.errors import InputError
from pressrun.ledger.attempts import Attempt, set_batch
from pressrun.ledger.schema import attempts
from pressrun.ledger.store import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What settling did."""

    #: Attempts that are accepted now and were not before.
    accepted: tuple[str, ...] = ()
    #: Sentences that a person must read.
    alarms: tuple[str, ...] = ()


def by_events(ledger: Ledger, seen: Iterable[str], now: datetime) -> Settlement:
    """Accept every attempt that shows an event: one event proves the whole request.

    Args:
        ledger: The ledger.
        seen: Attempts of which at least one event has arrived.
        now: When it was decided.
    """
    accepted: list[str] = []
    alarms: list[str] = []
    with ledger.write() as connection:
        for attempt in _not_accepted_among(connection, seen):
            alarms += _contradictions(connection, attempt)
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
            accepted.append(attempt.attempt_id)
    return Settlement(accepted=tuple(accepted), alarms=tuple(alarms))


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
        connection.execute(
            update(attempts)
            .where(attempts.c.attempt_id == attempt_id)
            .values(
                state="accepted" if accepted else "not_accepted",
                accepted_at=now if accepted else None,
                settled_at=now,
                settled_by=f"person: {who}"[:64],
            )
        )
        set_batch(connection, attempt_id, "accepted" if accepted else "planned")
    return str(attempt_id)


def unsettled(ledger: Ledger) -> list[str]:
    """Give the ids of all attempts that an event could still prove accepted."""
    query = select(attempts.c.attempt_id).where(attempts.c.state.not_in(("accepted", "intent", "wire")))
    with ledger.read() as connection:
        return list(connection.scalars(query))


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


def _contradictions(connection: Connection, attempt: Attempt) -> list[str]:
    """Say what a late event contradicts: an answer we had, a decision, or another accepted attempt."""
    said = []
    if attempt.state != "in_doubt":
        said.append(
            f"Attempt {attempt.attempt_id} of issue {attempt.issue_id}, batch {attempt.batch_no}, counted as "
            f"{attempt.state}, but an event shows that SendGrid accepted it."
        )
    others = connection.scalars(
        select(attempts.c.attempt_id).where(
            attempts.c.issue_id == attempt.issue_id,
            attempts.c.batch_no == attempt.batch_no,
            attempts.c.attempt_id != attempt.attempt_id,
            attempts.c.state == "accepted",
        )
    ).all()
    if others:
        said.append(
            f"Duplicate happened: batch {attempt.batch_no} of issue {attempt.issue_id} was accepted in "
            f"attempts {attempt.attempt_id} and {', '.join(others)}; {attempt.count_recipients} recipients "
            "got it twice."
        )
    return said
