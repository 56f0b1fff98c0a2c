"""Find the issues whose time has come, for the schedule."""

from datetime import datetime, timedelta

import structlog

from pressrun.delivery import status_of
from pressrun.errors import InputError
from pressrun.issues import load
from pressrun.ledger import Ledger, issues
from pressrun.settings import Settings

log = structlog.get_logger("pressrun.operations")

#: A schedule later than this is not obeyed by itself: a restored copy once mailed a morning's issue at noon.
MAX_LATENESS = timedelta(hours=1)


def due_issues(settings: Settings, ledger: Ledger, now: datetime) -> list[str]:
    """Give the issues to send now: those due within the last hour, and those begun and not finished.

    An issue without `publish_at` is never sent by a schedule, and one that a person paused or cancelled stays so.
    """
    return [*_begun(settings, ledger), *_come(settings, ledger, now)]


def _begun(settings: Settings, ledger: Ledger) -> list[str]:
    """Give the issues that a sender was stopped in; paused and cancelled ones wait for a person."""
    known = [status_of(settings, ledger, issue_id) for issue_id in issues.every_id(ledger)]
    return [status.issue_id for status in known if status.status == "stopped" and status.stop_reason is None]


def _come(settings: Settings, ledger: Ledger, now: datetime) -> list[str]:
    known = set(issues.every_id(ledger))
    found = []
    for path in sorted(settings.issues.glob("*.md")):
        try:
            written = load(path, settings.issues)
        except InputError as error:
            log.warning("an issue cannot be read", file=path.name, error=str(error))
            continue
        if written.publish_at is None or written.issue_id in known or written.publish_at > now:
            continue
        if now - written.publish_at > MAX_LATENESS:
            log.warning("an issue is too late to be sent by the schedule", issue=written.issue_id)
            continue
        found.append(str(path))
    return found
