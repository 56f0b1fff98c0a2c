"""Find the issues whose time has come, for the schedule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pressrun import delivery
from pressrun.delivery import status_of
from pressrun.errors import InputError
from pressrun.issues import issue_files, load
from pressrun.ledger import Ledger, issues, schedules
from pressrun.ledger.schedules import Schedule
from pressrun.settings import Settings

log = structlog.get_logger("pressrun.operations")


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """One issue to send now."""

    reference: str
    segment: str | None = None


def due_issues(settings: Settings, ledger: Ledger, now: datetime) -> list[Due]:
    """Give the issues to send now: those begun and not finished, those scheduled, and those to be published.

    A time that is over for longer than `max_lateness` is not obeyed by itself: a restored copy once mailed a
    morning's issue at noon. An issue without a time is never sent by a schedule, and one that a person paused or
    cancelled stays so.
    """
    return [*_begun(settings, ledger, now), *_scheduled(settings, ledger, now), *_come(settings, ledger, now)]


def _begun(settings: Settings, ledger: Ledger, now: datetime) -> Iterator[Due]:
    """Give the issues that a sender was stopped in, or whose next batch is due; others wait for a person."""
    for issue_id in issues.every_id(ledger):
        status = status_of(settings, ledger, issue_id, now=now)
        if status.status == "stopped" and status.stop_reason is None:
            yield Due(reference=issue_id)


def _scheduled(settings: Settings, ledger: Ledger, now: datetime) -> Iterator[Due]:
    known = issues.frozen_ids(ledger)
    for one in schedules.every(ledger):
        if one.issue_id in known or one.due_at > now:
            continue
        if _may_go(settings, one.issue_id, one.due_at, now) and _is_unchanged(settings, one, now):
            yield Due(reference=one.reference, segment=one.segment)


def _come(settings: Settings, ledger: Ledger, now: datetime) -> Iterator[Due]:
    known = {*issues.frozen_ids(ledger), *(one.issue_id for one in schedules.every(ledger))}
    for path in issue_files(settings.issues):
        try:
            written = load(path, settings.issues)
        except InputError as error:
            log.warning("an issue cannot be read", file=str(path.relative_to(settings.issues)), error=str(error))
            continue
        if written.publish_at is None or written.issue_id in known or written.publish_at > now:
            continue
        if _may_go(settings, written.issue_id, written.publish_at, now):
            yield Due(reference=str(path))


def _may_go(settings: Settings, issue_id: str, due_at: datetime, now: datetime) -> bool:
    late = now - due_at
    if late > timedelta(minutes=settings.max_lateness):
        log.warning(
            "an issue is too late to be sent by the schedule",
            issue=issue_id,
            hours=round(late.total_seconds() / 3600, 1),
        )
        return False
    return True


def _is_unchanged(settings: Settings, one: Schedule, now: datetime) -> bool:
    """Send what was checked and scheduled, and nothing else; the send itself looks at all the rest."""
    try:
        checked = delivery.examine(settings, one.reference, now)
    except InputError as error:
        log.warning("a scheduled issue cannot be read", issue=one.issue_id, error=str(error))
        return False
    if checked.rendered.content_hash != one.content_hash:
        log.warning("an issue was changed after it was scheduled; schedule it again", issue=one.issue_id)
        return False
    return True
