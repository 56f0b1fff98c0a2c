"""Know, right before each POST, who no longer wants to be mailed, and who is paused or inactive.

The receiver has acknowledged an unsubscribe once its line is in the landing zone, long before an ingest
brings it to the suppressions. So the sender reads the landing zone itself: consent actions, and the events
that speak of consent; and the ledger for whom a person paused or set inactive since the freeze. Neither the lake nor
a running ingest is needed for it.
"""

from datetime import datetime

from pressrun.audiences.addresses import address_key
from pressrun.audiences.mailboxes import same_mailbox
from pressrun.audiences.marks import Marks
from pressrun.landing import Landing, decode_consent, decode_post, json_of
from pressrun.ledger import Ledger, recipients, suppressions

_UNSUBSCRIBING = {"unsubscribe", "group_unsubscribe", "spamreport"}
#: A line without any of these words needs no parsing.
_WORDS = (b"unsubscribe", b"spamreport")


class ConsentReader:
    """Follow the landing zone from where it was last applied to the ledger. Not for several threads."""

    def __init__(self, ledger: Ledger, landing: Landing, *, spellings: bool = False) -> None:
        """Take up where the ledger left off.

        Args:
            ledger: The ledger.
            landing: The landing zone.
            spellings: Whether who left under another spelling of the same mailbox counts as well.
        """
        self._ledger = ledger
        self._landing = landing
        self._spellings = spellings
        self._marks = Marks(ledger, spellings=spellings)
        self._consent_marks = suppressions.marks(ledger, "consent")
        self._event_marks = suppressions.marks(ledger, "events")
        self._gone: set[str] = set()

    def withdrawn(self, issue_id: str, batch_no: int, now: datetime) -> set[str]:
        """Give the ids of those of a batch's recipients who must not be mailed any more, as of now."""
        gone = self.refresh()
        found, decided = recipients.unwilling(self._ledger, issue_id, batch_no, gone, self._marks.read_to)
        self._marks.take(decided)
        return found | self._by_address(issue_id, batch_no, gone, now)

    def refresh(self) -> frozenset[str]:
        """Read what has landed since the last call, and give all address keys that are gone."""
        self._read_consent()
        self._read_events()
        return frozenset(self._gone)

    def _by_address(self, issue_id: str, batch_no: int, gone: frozenset[str], now: datetime) -> set[str]:
        """Find what no index of the ledger tells: who is paused or inactive, and who left under another spelling."""
        if not (self._marks or self._spellings):
            return set()
        left = {one.recipient_id: one.address_key for one in recipients.of_batch(self._ledger, issue_id, batch_no)}
        away = {name for name, key in left.items() if self._marks.reason_against(key, now) is not None}
        if not self._spellings:
            return away
        return away | same_mailbox(left, [*gone, *suppressions.every(self._ledger)])

    def _read_consent(self) -> None:
        left: list[str] = []
        for line in self._landing.lines("consent", self._consent_marks):
            self._consent_marks[line.file] = line.end
            try:
                left.append(decode_consent(line.content).recipient_id)
            except ValueError:
                continue  # a torn line was never acknowledged; ingest sets it aside with its reason
        if left:
            self._gone.update(recipients.addresses_of(self._ledger, left).values())

    def _read_events(self) -> None:
        for line in self._landing.lines("events", self._event_marks):
            self._event_marks[line.file] = line.end
            if _may_end_consent(line.content):
                self._gone.update(_gone_by_events(line.content))


def _may_end_consent(line: bytes) -> bool:
    """Spare most lines their parsing; a body kept as base64 hides its words."""
    return b'"body_b64"' in line or any(word in line.lower() for word in _WORDS)


def _gone_by_events(line: bytes) -> set[str]:
    """Give the address keys of the events of one line that end someone's consent."""
    try:
        events = json_of(decode_post(line).body)
    except ValueError:
        return set()
    found = set()
    for event in events if isinstance(events, list) else []:
        if isinstance(event, dict) and str(event.get("event")).lower() in _UNSUBSCRIBING:
            try:
                found.add(address_key(str(event.get("email"))))
            except ValueError:
                continue
    return found
