"""Recipients of frozen audiences: who they are, and what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select

from pressrun.ledger.schema import batches, recipients
from pressrun.ledger.store import Ledger

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One recipient of one batch, in the order of its slots."""

    recipient_id: str
    position: int
    address: str
    address_key: str
    withdrawn_at: datetime | None
    refused_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientState:
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

_STATE = case(
    (recipients.c.withdrawn_at.is_not(None), "withdrawn"),
    (recipients.c.refused_at.is_not(None), "refused"),
    *((batches.c.state == batch, person) for batch, person in STATE_OF_BATCH.items()),
)


def of_batch(ledger: Ledger, issue_id: str, batch_no: int) -> list[Recipient]:
    """Give the recipients of one batch in order, those already withdrawn or refused included."""
    names = ("recipient_id", "position", "address", "address_key", "withdrawn_at", "refused_at")
    query = (
        select(*(recipients.c[name] for name in names))
        .where(recipients.c.issue_id == issue_id, recipients.c.batch_no == batch_no)
        .order_by(recipients.c.position)
    )
    with ledger.read() as connection:
        return [Recipient(**row._mapping) for row in connection.execute(query)]


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


def states(ledger: Ledger, issue_id: str, *, size: int = 50_000) -> Iterator[list[RecipientState]]:
    """Give the state of every recipient of one issue, piece by piece, as one look at the ledger."""
    query = (
        select(
            recipients.c.recipient_id,
            recipients.c.subscriber_id,
            recipients.c.address_key,
            recipients.c.batch_no,
            _STATE.label("state"),
            recipients.c.refusal.label("detail"),
        )
        .select_from(recipients.join(batches))
        .where(recipients.c.issue_id == issue_id)
    )
    with ledger.read() as connection:
        for rows in connection.execution_options(yield_per=size).execute(query).partitions():
            yield [RecipientState(**row._mapping) for row in rows]
