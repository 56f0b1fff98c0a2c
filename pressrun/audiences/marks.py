"""Know from the ledger itself who is paused or set inactive: the lake's copy of these decisions may be late."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from pressrun.audiences.mailboxes import mailbox_key
from pressrun.ledger import Ledger, decisions
from pressrun.ledger.decisions import PAUSE, Decision

DEACTIVATE, REACTIVATE = "deactivate", "reactivate"


def end_of_pause(decision: str) -> datetime | None:
    """Give when a pause ends, 00:00 UTC of its day; None if the decision is no pause."""
    if not decision.startswith(PAUSE):
        return None
    return datetime.combine(date.fromisoformat(decision.removeprefix(PAUSE)), time(), UTC)


class Marks:
    """Follow the ledger's decisions about subscribers; of each subscriber the last one counts."""

    def __init__(self, ledger: Ledger, *, spellings: bool = False) -> None:
        """Read all decisions there are.

        Args:
            ledger: The ledger.
            spellings: Whether what was decided about one spelling of a mailbox holds for all.
        """
        self._ledger = ledger
        self._spellings = spellings
        self._read_to = 0
        #: Address or mailbox key → the end of its pause; None: inactive until taken back.
        self._ends: dict[str, datetime | None] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read what was decided since the last call."""
        self.take(decisions.about_subscribers(self._ledger, self._read_to))

    @property
    def read_to(self) -> int:
        """Give the number of the last decision that was read."""
        return self._read_to

    def take(self, decided: Iterable[tuple[int, Decision]]) -> None:
        """Follow what was decided after `read_to`, as somebody else has read it."""
        for number, decision in decided:
            self._read_to = number
            end = end_of_pause(decision.decision)
            if end is not None or decision.decision == DEACTIVATE:
                self._ends[self._name(decision.about)] = end
            elif decision.decision == REACTIVATE:
                self._ends.pop(self._name(decision.about), None)

    def __bool__(self) -> bool:
        """Tell whether anybody is marked at all."""
        return bool(self._ends)

    def reason_against(self, address_key: str, now: datetime) -> str | None:
        """Say whether somebody is `paused` or `inactive` by a person's decision; None if neither."""
        name = self._name(address_key)
        if name not in self._ends:
            return None
        end = self._ends[name]
        if end is None:
            return "inactive"
        return "paused" if now < end else None

    def _name(self, address_key: str) -> str:
        return mailbox_key(address_key) if self._spellings else address_key
