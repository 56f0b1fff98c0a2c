"""Make small audiences in a ledger, and rows of its tables that tell the truth."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pressrun.ledger import Ledger, attempts, identity, issues
from pressrun.ledger.attempts import Outcome
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient, IssueDraft
from pressrun.settings import Settings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ISSUE = "hello"

_TRUE_ROWS: Mapping[str, Mapping[str, object]] = {
    "instance": {
        "only_row": 1,
        "instance_id": "i",
        "fingerprint": "f",
        "epoch": 0,
        "created_at": NOW,
        "armed_at": NOW,
    },
    "issues": {
        "issue_id": "other",
        "subject": "s",
        "segment": "everyone",
        "content_hash": "h",
        "shared": b"{}",
        "preparing_at": NOW,
    },
    "batches": {
        "issue_id": ISSUE,
        "batch_no": 99,
        "state": "planned",
        "slots": b"",
        "sha256": "",
        "count_recipients": 1,
    },
    "recipients": {
        "issue_id": ISSUE,
        "address_key": "new@example.org",
        "recipient_id": "new",
        "subscriber_id": "new",
        "address": "new@example.org",
        "batch_no": 1,
        "position": 0,
    },
    "attempts": {
        "attempt_id": "a",
        "issue_id": ISSUE,
        "batch_no": 1,
        "state": "intent",
        "epoch": 0,
        "count_recipients": 1,
        "intent_at": NOW,
    },
    "suppressions": {
        "address_key": "a@example.org",
        "reason": "bounced",
        "source": "test",
        "suppressed_at": NOW,
    },
}


def true_row(table: str, **changed: object) -> dict[str, object]:
    """Give one row that every CHECK accepts, with some columns changed; `now` stands for a time."""
    return {**_TRUE_ROWS[table], **{name: NOW if v == "now" else v for name, v in changed.items()}}


def freeze(ledger: Ledger, *sizes: int, issue_id: str = ISSUE) -> None:
    """Freeze an issue with one batch of each size."""
    draft = IssueDraft(issue_id=issue_id, subject="s", segment="everyone", content_hash="h", shared=b"{}")
    issues.start(ledger, draft, NOW)
    issues.add_batches(ledger, issue_id, [_batch(issue_id, no, size) for no, size in enumerate(sizes, 1)])
    issues.freeze(ledger, issue_id, candidates=sum(sizes), now=NOW)


def _batch(issue_id: str, number: int, size: int) -> FrozenBatch:
    people = [f"{issue_id}-{number}-{at}" for at in range(size)]
    return FrozenBatch(
        batch_no=number,
        recipients=[
            FrozenRecipient(
                recipient_id=name,
                subscriber_id=name,
                address=f"{name}@example.org",
                address_key=f"{name}@example.org",
            )
            for name in people
        ],
        slots=b"s",
        sha256="h",
    )


def begin(ledger: Ledger, settings: Settings) -> int:
    """Start a sender for a moment, and give its epoch."""
    identity.identify(ledger, settings, NOW)
    with identity.sender_lock(ledger, settings, "test") as epoch:
        return epoch


def intend(ledger: Ledger, epoch: int, attempt_id: str, *, batch_no: int = 1, size: int = 1) -> bool:
    """Store an intent, a minute later for each attempt named later in the alphabet."""
    return attempts.store_intent(
        ledger,
        issue_id=ISSUE,
        batch_no=batch_no,
        attempt_id=attempt_id,
        count_recipients=size,
        withdrawn=[],
        epoch=epoch,
        now=NOW + timedelta(minutes=ord(attempt_id[0])),
    )


def attempt(ledger: Ledger, epoch: int, attempt_id: str, state: str, *, batch_no: int = 1) -> None:
    """Take one attempt all the way to an outcome."""
    assert intend(ledger, epoch, attempt_id, batch_no=batch_no)
    at = NOW + timedelta(minutes=ord(attempt_id[0]))
    attempts.store_wire(ledger, attempt_id, ISSUE, epoch, at)
    attempts.store_outcome(ledger, attempt_id, Outcome(state=state), at)
