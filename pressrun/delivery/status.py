"""Say where an issue stands, computed from rows each time; a count in memory never is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pressrun.ledger import Ledger, batches, identity, issues
from pressrun.ledger.batches import Sums
from pressrun.ledger.issues import Issue
from pressrun.ledger.recipients import STATE_OF_BATCH
from pressrun.settings import Settings

_STATES = ("submitted", "refused", "withdrawn", "in_doubt", "abandoned", "pending")


@dataclass(frozen=True, kw_only=True, slots=True)
class SendStatus:
    """The public state of one issue."""

    issue_id: str
    status: str
    subject: str = ""
    stop_reason: str | None = None
    frozen_at: datetime | None = None
    #: When the next batch is due by the pace; None if at any time.
    next_due: datetime | None = None
    candidates: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    recipients: int = 0
    submitted: int = 0
    refused: int = 0
    withdrawn: int = 0
    in_doubt: int = 0
    abandoned: int = 0
    pending: int = 0
    batches: Mapping[str, int] = field(default_factory=dict)
    engagement: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def balances(self) -> bool:
        """Tell whether both equations of the freeze and the end hold."""
        return self.candidates == self.recipients + sum(self.excluded.values()) and self.recipients == sum(
            getattr(self, state) for state in _STATES
        )

    @property
    def exit_status(self) -> int:
        """Give the exit status: 0 done or going on by its pace, 4 stopped and resumable, 5 done but for doubts."""
        if self.status in ("finished", "cancelled", "scheduled"):
            return 0
        return 5 if self.status == "in_doubt" else 4

    def as_json(self) -> dict[str, object]:
        """Give the public shape of send and status."""
        names = (
            "issue_id",
            "status",
            "candidates",
            "excluded",
            "recipients",
            *_STATES,
            "batches",
            "engagement",
        )
        return {**{name: getattr(self, name) for name in names}, "seconds": round(self.seconds, 3)}

    def after(self, seconds: float) -> "SendStatus":
        """Give the same with the time it took."""
        return replace(self, seconds=seconds)


def status_of(
    settings: Settings,
    ledger: Ledger,
    issue_id: str,
    *,
    engagement: Mapping[str, int] | None = None,
    now: datetime | None = None,
) -> SendStatus:
    """Give the state of one issue.

    Args:
        settings: Where the sender's lock is.
        ledger: The ledger.
        issue_id: The issue.
        engagement: Its counts from the lake, if they are wanted.
        now: Tells what is due; None for this moment.

    Raises:
        InputError: The ledger does not know the issue.
    """
    issue = issues.require(ledger, issue_id)
    return compute(
        issue,
        batches.sums(ledger, issue_id),
        sender_alive=identity.sender_alive(ledger, settings),
        now=now or datetime.now(UTC),
        engagement=engagement or {},
    )


def compute(
    issue: Issue,
    sums: Sums,
    *,
    sender_alive: bool,
    now: datetime,
    engagement: Mapping[str, int] | None = None,
) -> SendStatus:
    """Compute the state of one issue from what its rows add up to. Pure."""
    people = _people(sums, sender_alive=sender_alive)
    return SendStatus(
        issue_id=issue.issue_id,
        status=_word(issue, people, sums, sender_alive=sender_alive, now=now),
        next_due=sums.next_due,
        subject=issue.subject,
        stop_reason=issue.stop_reason,
        frozen_at=issue.frozen_at,
        candidates=issue.count_candidates or 0,
        excluded=sums.excluded if issue.frozen_at else {},
        recipients=issue.count_recipients or 0,
        **(people if issue.frozen_at else {}),
        batches=sums.batches if issue.frozen_at else {},
        engagement=engagement or {},
    )


def _people(sums: Sums, *, sender_alive: bool) -> dict[str, int]:
    """Count recipients by state; what a dead sender left on the wire is in doubt, not pending."""
    people = dict.fromkeys(_STATES, 0)
    for state, count in sums.by_batch_state.items():
        people[STATE_OF_BATCH[state]] += count
    people["withdrawn"] += sums.withdrawn
    people["refused"] += sums.refused
    if not sender_alive:
        people["pending"] -= sums.on_the_wire
        people["in_doubt"] += sums.on_the_wire
    return people


def _word(issue: Issue, people: Mapping[str, int], sums: Sums, *, sender_alive: bool, now: datetime) -> str:
    if issue.frozen_at is None:
        return "preparing"
    if issue.cancelled_at is not None and not people["in_doubt"] and not people["pending"]:
        return "cancelled"
    if people["pending"]:
        waits = sums.next_due is not None and sums.next_due > now
        return _unfinished(issue, sender_alive=sender_alive, waits=waits)
    if people["in_doubt"] or sums.undecided:
        # an attempt may be undecided whose people an event has shown as submitted by another one
        return "sending" if sender_alive and not people["in_doubt"] else "in_doubt"
    return "finished"


def _unfinished(issue: Issue, *, sender_alive: bool, waits: bool) -> str:
    if issue.paused_at is not None:
        return "paused"
    if issue.stopped_at is not None:
        return "stopped"
    if not sender_alive:
        return "scheduled" if waits else "stopped"
    return "sending"
