"""Recipients of frozen audiences: who they are, and what became of each."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, case, select

from pressrun.ledger.decisions import Decision, about_subscribers_in
from pressrun.ledger.schema import attempts, batches, recipients, suppressions
from pressrun.ledger.store import Ledger

_AT_ONCE = 500


class Recipient(NamedTuple):
    """One recipient of one batch who may still be mailed; a tuple, since there may be a million."""

    recipient_id: str
    address: str
    address_key: str


class RecipientState(NamedTuple):
    """One recipient with its present state."""

    recipient_id: str
    subscriber_id: str
    address_key: str
    batch_no: int
    #: pending, submitted, in_doubt, refused, withdrawn or abandoned.
    state: str
    detail: str | None


#: What the state of a batch means for those of its recipients who were neither withdrawn nor refused.
STATE_OF_BATCH = {
    "planned": "pending",
    "open": "pending",
    "accepted": "submitted",
    "in_doubt": "in_doubt",
    "refused": "refused",
    "abandoned": "abandoned",
    "withdrawn": "withdrawn",
    "split": "pending",
}


def of_batch(ledger: Ledger, issue_id: str, batch_no: int) -> list[Recipient]:
    """Give those recipients of one batch, in order, who were neither withdrawn nor refused."""
    query = (
        select(*(recipients.c[name] for name in Recipient._fields))
        .where(
            recipients.c.issue_id == issue_id,
            recipients.c.batch_no == batch_no,
            recipients.c.withdrawn_at.is_(None),
            recipients.c.refused_at.is_(None),
        )
        .order_by(recipients.c.position)
    )
    with ledger.read() as connection:
        return list(map(Recipient._make, connection.execute(query)))


_OF_BATCH = (recipients.c.issue_id == bindparam("issue"), recipients.c.batch_no == bindparam("batch"))
_SUPPRESSED = select(recipients.c.recipient_id).where(
    *_OF_BATCH, select(suppressions.c.reason).where(suppressions.c.address_key == recipients.c.address_key).exists()
)
_WITH_ADDRESS = select(recipients.c.recipient_id).where(
    *_OF_BATCH, recipients.c.address_key.in_(bindparam("keys", expanding=True))
)


def unwilling(
    ledger: Ledger, issue_id: str, batch_no: int, gone: Collection[str], after: int
) -> tuple[set[str], list[tuple[int, Decision]]]:
    """Give the ids of those of one batch whose address is suppressed now, or among some others.

    Args:
        ledger: The ledger.
        issue_id: The issue.
        batch_no: Its batch.
        gone: Address keys whose consent ended too recently to be suppressed.
        after: Number of the last decision about subscribers that is known.

    Returns:
        The ids, and from the same look at the ledger the newer decisions, each with its number.
    """
    keys, asked = sorted(gone), {"issue": issue_id, "batch": batch_no}
    with ledger.read() as connection:
        found = set(connection.scalars(_SUPPRESSED, asked))
        for at in range(0, len(keys), _AT_ONCE):
            found.update(connection.scalars(_WITH_ADDRESS, {**asked, "keys": keys[at : at + _AT_ONCE]}))
        return found, about_subscribers_in(connection, after)


def addresses_of(ledger: Ledger, recipient_ids: Sequence[str]) -> dict[str, str]:
    """Give the address key behind each recipient id, over all issues; unknown ids are left out."""
    found: dict[str, str] = {}
    with ledger.read() as connection:
        for at in range(0, len(recipient_ids), _AT_ONCE):
            query = select(recipients.c.recipient_id, recipients.c.address_key).where(
                recipients.c.recipient_id.in_(recipient_ids[at : at + _AT_ONCE])
            )
            found.update((row.recipient_id, row.address_key) for row in connection.execute(query))
    return found


_STATES = select(
    recipients.c.recipient_id,
    recipients.c.subscriber_id,
    recipients.c.address_key,
    recipients.c.batch_no,
    case((recipients.c.withdrawn_at.is_not(None), "withdrawn"), (recipients.c.refused_at.is_not(None), "refused")),
    recipients.c.refusal,
).where(recipients.c.issue_id == bindparam("issue"))


def states(
    ledger: Ledger, issue_id: str, *, sender_alive: bool = False, size: int = 50_000
) -> Iterator[list[RecipientState]]:
    """Give the state of every recipient of one issue, piece by piece, as one look at the ledger.

    Args:
        ledger: The ledger.
        issue_id: The issue.
        sender_alive: Whether what is on the wire may still get its answer; without a sender it is in doubt.
        size: People in one piece, at most.
    """
    query = select(batches.c.batch_no, batches.c.state).where(batches.c.issue_id == issue_id)
    on_the_wire = select(attempts.c.batch_no).where(attempts.c.issue_id == issue_id, attempts.c.state == "wire")
    with ledger.read() as connection:
        found = connection.execute(query).tuples().all()
        of_batch = {number: STATE_OF_BATCH[state] for number, state in found}
        if not sender_alive:
            of_batch.update(dict.fromkeys(connection.scalars(on_the_wire), "in_doubt"))
        rows = connection.execution_options(yield_per=size).execute(_STATES, {"issue": issue_id})
        for piece in rows.partitions():
            yield [
                RecipientState(who, subscriber, key, number, end or of_batch[number], detail)
                for who, subscriber, key, number, end, detail in piece
            ]
