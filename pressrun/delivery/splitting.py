"""Divide the slots of a batch that SendGrid refused, so that a bad address costs only itself. Pure."""

import hashlib
from collections.abc import Collection, Sequence

from pressrun.delivery.payload import Slots
from pressrun.errors import StoppedError
from pressrun.ledger.batches import Part


def halves(slots: Slots, recipient_ids: Sequence[str]) -> list[Part]:
    """Divide in two, in the order of the request."""
    middle = len(recipient_ids) // 2
    return [part(slots, recipient_ids[:middle]), part(slots, recipient_ids[middle:])]


def singled_out(slots: Slots, recipient_ids: Sequence[str], positions: Collection[int]) -> list[Part]:
    """Give each named position a part of its own, and the others one together, which comes last."""
    alone = [part(slots, [recipient_ids[at]]) for at in sorted(positions)]
    others = [recipient_id for at, recipient_id in enumerate(recipient_ids) if at not in positions]
    return [*alone, part(slots, others)] if others else alone


def joined(slots: Sequence[Slots], recipient_ids: Sequence[str]) -> Part:
    """Put parts of one batch together again."""
    people = {who: what for one in slots for who, what in one.people.items()}
    return part(Slots.of(people, slots[0].fixed), recipient_ids)


def part(slots: Slots, recipient_ids: Sequence[str]) -> Part:
    """Take some recipients of a batch, with their slots."""
    people = slots.people
    content = Slots.of({recipient_id: people[recipient_id] for recipient_id in recipient_ids}, slots.fixed).pack()
    return Part(recipient_ids=recipient_ids, slots=content, sha256=checksum(content))


def unpack(content: bytes, expected: str, *, issue_id: str, batch_no: int) -> Slots:
    """Read the stored slots of a batch.

    Raises:
        StoppedError: They are not what was frozen; nothing was posted.
    """
    if checksum(content) != expected:
        raise StoppedError(
            f"The stored slots of batch {batch_no} of issue {issue_id} are damaged: they are not what was "
            "frozen. Nothing of this batch was posted; restore the ledger from a backup."
        )
    return Slots.unpack(content)


def checksum(content: bytes) -> str:
    """Hash stored slots."""
    return hashlib.sha256(content).hexdigest()
