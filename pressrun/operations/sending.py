"""Send one issue from file to status, and look at where issues stand."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pressrun import delivery
from pressrun.crash_points import reach
from pressrun.delivery import Checked, NotDueError, Reporter, SendStatus
from pressrun.delivery.sender import Clock, utc_now
from pressrun.errors import RefusedError, StoreBusyError
from pressrun.issues import load
from pressrun.ledger import Ledger, issues, schedules
from pressrun.ledger.issues import Issue
from pressrun.operations import site
from pressrun.settings import Settings
from pressrun.warehouse import metrics, open_lake


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a send found before it took the sender's lock."""

    issue_id: str
    #: None if the audience is frozen already: then the frozen content goes out, whatever the file says now.
    checked: Checked | None
    #: A sentence for the person, or empty.
    note: str = ""


def plan(settings: Settings, ledger: Ledger, reference: str | Path, clock: Clock = utc_now) -> Plan:
    """Find out what there is to send, and check it if its audience is not frozen yet.

    Raises:
        InputError: There is no such issue.
        RefusedError: It is not due yet.
    """
    delivery.require_provider(settings)
    frozen = _frozen(ledger, reference)
    if frozen is not None and isinstance(reference, str):
        return Plan(issue_id=frozen.issue_id, checked=None, note=_note(frozen))
    checked = delivery.check(settings, ledger, reference, clock())
    frozen = _frozen(ledger, checked.rendered.issue_id)
    if frozen is not None:
        changed = frozen.content_hash != checked.rendered.content_hash
        return Plan(issue_id=frozen.issue_id, checked=None, note=_note(frozen, changed=changed))
    _require_due(checked, clock)
    return Plan(issue_id=checked.rendered.issue_id, checked=checked)


def send_issue(
    settings: Settings,
    ledger: Ledger,
    reference: str | Path,
    *,
    segment: str | None = None,
    clock: Clock = utc_now,
    reporter: Reporter | None = None,
) -> tuple[SendStatus, str]:
    """Send one issue; safe to run again after anything.

    Args:
        settings: Where everything is.
        ledger: The ledger.
        reference: Path of a Markdown file, or a slug.
        segment: Whom to ask for candidates, instead of the issue's own segment.
        clock: Gives the time.
        reporter: Wants to hear how far it is.

    Returns:
        Where the issue stands now, and a sentence about what this run found.
    """
    planned = plan(settings, ledger, reference, clock)
    with delivery.sender(settings, ledger, planned.issue_id, clock) as epoch:
        if planned.checked is not None:
            delivery.prepare(settings, ledger, planned.checked, segment=segment, clock=clock, reporter=reporter)
            schedules.forget(ledger, planned.issue_id)
        note = planned.note
        site.open_page(settings, ledger, planned.issue_id)
        try:
            delivery.submit_all(settings, ledger, planned.issue_id, epoch, clock=clock, reporter=reporter)
        except NotDueError as rest:
            note = str(rest)
        finally:
            copy_to_lake(settings, ledger)
            site.announce(settings, ledger, planned.issue_id)
    delivery.end(ledger, planned.issue_id)
    return issue_status(settings, ledger, planned.issue_id), note


def issue_status(settings: Settings, ledger: Ledger, issue_id: str) -> SendStatus:
    """Say where one issue stands, with its engagement so far."""
    engagement = metrics.issue_engagement(settings, issue_id)
    return delivery.status_of(settings, ledger, issue_id, engagement=engagement)


def look_at(settings: Settings, ledger: Ledger, reference: str | Path, now: datetime) -> SendStatus:
    """Say where an issue stands that may not have been sent yet: then it is a draft, or scheduled.

    Raises:
        InputError: Neither the ledger nor the issues folder knows it.
    """
    issue_id = slug_of(settings, ledger, reference)
    if issues.find(ledger, issue_id) is not None:
        return issue_status(settings, ledger, issue_id)
    waits = schedules.find(ledger, issue_id) is not None
    if not waits:
        publish_at = load(reference, settings.issues).publish_at
        waits = publish_at is not None and publish_at > now
    engagement = dict.fromkeys(metrics.ENGAGEMENT, 0)
    return SendStatus(issue_id=issue_id, status="scheduled" if waits else "draft", engagement=engagement)


def slug_of(settings: Settings, ledger: Ledger, reference: str | Path) -> str:
    """Give the id of an issue named by path or slug.

    Raises:
        InputError: Neither the ledger nor the issues folder knows it.
    """
    if isinstance(reference, str) and (issues.find(ledger, reference) or schedules.find(ledger, reference)):
        return reference
    return load(reference, settings.issues).issue_id


def copy_to_lake(settings: Settings, ledger: Ledger) -> bool:
    """Bring the lake's copy of the ledger up to date; a busy lake is left to the next ingest.

    Returns:
        Whether it was done.
    """
    try:
        with open_lake(settings, wait=20.0) as lake:
            reach("mirror.before")
            delivery.mirror(settings, ledger, lake)
            reach("mirror.done")
    except StoreBusyError:
        return False
    return True


def _frozen(ledger: Ledger, reference: str | Path) -> Issue | None:
    found = issues.find(ledger, str(reference))
    return found if found is not None and found.frozen_at is not None else None


def _note(frozen: Issue, *, changed: bool = False) -> str:
    """Say why nobody is selected again."""
    when = f"{frozen.frozen_at:%Y-%m-%d %H:%M} UTC"
    said = f"The audience of {frozen.issue_id} was frozen on {when}; nobody is selected or mailed a second time."
    if changed:
        said += " The file has changed since: what was frozen goes out, not what it says now."
    return said


def _require_due(checked: Checked, clock: Clock) -> None:
    due = checked.rendered.publish_at
    if due is not None and due > clock():
        raise RefusedError(
            f"Issue {checked.rendered.issue_id} is to be published at {due:%Y-%m-%d %H:%M} UTC. Nothing was "
            "submitted; the scheduled flow sends it then, or take publish_at out of its front matter."
        )
