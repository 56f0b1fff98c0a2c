"""Put an issue on the schedule, for the flow that runs every few minutes."""

from datetime import UTC, datetime
from pathlib import Path

from pressrun import delivery
from pressrun.errors import InputError, RefusedError
from pressrun.ledger import Ledger, issues, schedules
from pressrun.ledger.schedules import Schedule
from pressrun.settings import Settings


def schedule(
    settings: Settings,
    ledger: Ledger,
    reference: str | Path,
    at: str,
    *,
    segment: str | None,
    who: str,
    now: datetime,
) -> Schedule:
    """Check an issue and have it sent at a time, as it is now.

    Args:
        settings: Where everything is.
        ledger: Keeps the schedule.
        reference: Path of a Markdown file, or a slug.
        at: ISO date and time; without a zone it is UTC.
        segment: Whom to ask for candidates, instead of the issue's own segment.
        who: Who scheduled it.
        now: When.

    Raises:
        InputError: The time cannot be read or is over.
        RefusedError: Preflight found errors, or the issue was begun already.
    """
    due_at = time_of(at)
    if due_at <= now:
        raise InputError(f"{due_at:%Y-%m-%d %H:%M} UTC is over; nothing was scheduled.")
    checked = delivery.check(settings, ledger, reference, now)
    issue_id, publish_at = checked.rendered.issue_id, checked.rendered.publish_at
    if publish_at is not None and publish_at > due_at:
        raise InputError(
            f"Its front matter says publish_at {publish_at:%Y-%m-%d %H:%M} UTC, which is later; nothing was scheduled."
        )
    delivery.require_ok(checked)
    begun = issues.find(ledger, issue_id)
    if begun is not None and begun.frozen_at is not None:
        raise RefusedError(f"Issue {issue_id} was begun already; nothing was scheduled. `pressrun status {issue_id}`")
    made = Schedule(
        issue_id=issue_id,
        # the flow that sends it may run in another folder
        reference=str(reference.absolute() if isinstance(reference, Path) else reference),
        segment=segment,
        content_hash=checked.rendered.content_hash,
        scheduled_by=who[:64],
        due_at=due_at,
        scheduled_at=now,
    )
    schedules.store(ledger, made)
    return made


def time_of(text: str) -> datetime:
    """Read an ISO date and time; without a zone it is UTC.

    Raises:
        InputError: It cannot be read.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no time; write it like 2026-12-01T09:00 or 2026-12-01T09:00+01:00.") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
