"""Find the bad addresses of a refused batch with few POSTs.

SendGrid takes a request whole or not at all. When it does not say which address is bad, a half is posted: if
that is refused too, the search goes on in it and the other half is set aside; if it is accepted, the bad
address must be in the other half, which need not be posted to know it. What was set aside goes out together
in the end. So one bad address of 1,000 costs at most 12 more POSTs; posting every half would cost 20.
Each step is stored, so a killed search is only a number of planned batches.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pressrun.crash_points import reach
from pressrun.delivery import splitting
from pressrun.delivery.payload import Slots
from pressrun.ledger import Ledger, attempts, batches, recipients


def slots_of(ledger: Ledger, issue_id: str, batch_no: int) -> Slots:
    """Read the slots of one batch.

    Raises:
        StoppedError: They are not what was frozen; nothing was posted.
    """
    content, expected = batches.slots_of(ledger, issue_id, batch_no)
    return splitting.unpack(content, expected, issue_id=issue_id, batch_no=batch_no)


class Hunt:
    """What is left of one batch while it is submitted, whole or in parts."""

    def __init__(self, ledger: Ledger, issue_id: str, root: int) -> None:
        self._ledger = ledger
        self._issue_id = issue_id
        self._waiting = [root]
        self._aside: list[int] = []
        #: Half that is posted → its other half.
        self._other: dict[int, int] = {}
        #: How many recipients were refused for good.
        self.bad = 0

    def next(self) -> int | None:
        """Give the batch to post next, or None at the end."""
        if not self._waiting and self._aside:
            self._waiting.append(self._join())
        return self._waiting.pop() if self._waiting else None

    def again(self, number: int) -> None:
        """Post the same batch once more."""
        self._waiting.append(number)

    def accepted(self, number: int) -> None:
        """Go on in the other half: it must hold what this one does not."""
        other = self._other.pop(number, None)
        if other is not None:
            ids = self._present(other)
            if len(ids) > 1:
                self._search(other, ids)
            else:
                self._waiting.append(other)

    def undecided(self, number: int) -> None:
        """Set the other half aside: nothing is known about it."""
        other = self._other.pop(number, None)
        if other is not None:
            self._aside.append(other)

    def search(self, number: int, ids: Sequence[str]) -> None:
        """Look for the bad address in a refused batch."""
        self.undecided(number)
        self._search(number, ids)

    def halve(self, number: int, ids: Sequence[str]) -> None:
        """Post both halves of a batch that was too large."""
        self.undecided(number)
        self._waiting += self._halves(number, ids)

    def single_out(self, number: int, ids: Sequence[str], named: Mapping[int, str], now: datetime) -> None:
        """Refuse the recipients at the positions that SendGrid named, and post the others together."""
        self.undecided(number)
        parts = splitting.singled_out(slots_of(self._ledger, self._issue_id, number), ids, named)
        numbers = batches.split(self._ledger, self._issue_id, number, parts)
        reach("hunt.singled_out")
        for part, at in zip(numbers, sorted(named), strict=False):
            self._refuse(part, named[at], now)
        self._waiting += numbers[len(named) :]

    def refuse(self, number: int, words: str, now: datetime) -> None:
        """Refuse the one recipient of a batch, in SendGrid's words."""
        self.undecided(number)
        self._refuse(number, words, now)

    def _refuse(self, number: int, words: str, now: datetime) -> None:
        attempts.refuse_recipient(self._ledger, self._issue_id, number, words, now)
        reach("hunt.refused")
        self.bad += 1

    def _search(self, number: int, ids: Sequence[str]) -> None:
        first, other = self._halves(number, ids)
        self._waiting.append(first)
        self._other[first] = other

    def _halves(self, number: int, ids: Sequence[str]) -> list[int]:
        slots = slots_of(self._ledger, self._issue_id, number)
        numbers = batches.split(self._ledger, self._issue_id, number, splitting.halves(slots, ids))
        reach("hunt.halved")
        return numbers

    def _join(self) -> int:
        numbers, self._aside = self._aside, []
        if len(numbers) == 1:
            return numbers[0]
        ids = [recipient_id for number in numbers for recipient_id in self._present(number)]
        slots = [slots_of(self._ledger, self._issue_id, number) for number in numbers]
        number = batches.join(self._ledger, self._issue_id, numbers, splitting.joined(slots, ids))
        reach("hunt.joined")
        return number

    def _present(self, number: int) -> list[str]:
        audience = recipients.of_batch(self._ledger, self._issue_id, number)
        return [recipient.recipient_id for recipient in audience]
