"""Try a send out before it happens: dry, planned, rehearsed against SendGrid's sandbox mode, or to single addresses."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from pressrun import delivery
from pressrun.delivery import Checked, Reach
from pressrun.delivery.consent import ConsentReader
from pressrun.delivery.rehearsal import Rehearsed, planned, rehearse
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.delivery.trial_mail import TrialMail, send_trials
from pressrun.landing import Landing
from pressrun.ledger import Ledger, identity, issues, pacing
from pressrun.operations.sending import slug_of
from pressrun.settings import Settings

#: Rows of a plan that are shown; stretches grow until there are no more than these.
_ROWS = 24
_STRETCHES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))


def dry_run(
    settings: Settings,
    ledger: Ledger,
    reference: str | Path,
    *,
    segment: str | None,
    ask_sendgrid: bool,
    now: datetime,
    on_progress: Callable[[int], None] = lambda n: None,
) -> Rehearsed:
    """Render an issue for everyone and build every request; store nothing, mail nobody.

    Args:
        settings: Where everything is.
        ledger: Read for suppressions; the preflight record is kept in it.
        reference: Path of a Markdown file, or a slug.
        segment: Whom to ask for candidates, instead of the issue's own segment.
        ask_sendgrid: Whether each request is posted in SendGrid's sandbox mode.
        now: When.
        on_progress: Told how many more candidates were read.

    Raises:
        RefusedError: Preflight found errors, or a slot failed for a recipient.
    """
    checked = _checked(settings, ledger, reference, now, ask_sendgrid=ask_sendgrid)
    return rehearse(
        settings,
        ledger,
        checked.rendered,
        segment=segment or checked.rendered.segment,
        gone=ConsentReader(ledger, Landing(settings.landing_dir), spellings=settings.gmail_merge).refresh(),
        now=now,
        provider=_provider(settings) if ask_sendgrid else None,
        on_progress=on_progress,
    )


def timetable(
    settings: Settings, ledger: Ledger, reference: str | Path, *, segment: str | None, now: datetime
) -> list[dict[str, object]]:
    """Say how much would go out when: of a frozen issue what is left, of another what a send would plan.

    Returns:
        One row per stretch of time: from, recipients, requests, in_all, and by_lane where providers have a pace.
    """
    due = _due(settings, ledger, reference, segment, now)
    length = next((one for one in _STRETCHES if _count(due, one) <= _ROWS), _STRETCHES[-1])
    rows: dict[datetime, dict[str, object]] = {}
    in_all = 0
    for at, lane, count in sorted(due):
        start = _start(at, length)
        row = rows.setdefault(start, {"from": start, "recipients": 0, "requests": 0, "in_all": 0, "by_lane": {}})
        in_all += count
        by_lane: dict[str, int] = row["by_lane"]  # type: ignore[assignment]  # made two lines above
        by_lane[lane or "others"] = by_lane.get(lane or "others", 0) + count
        row.update(recipients=row["recipients"] + count, requests=row["requests"] + 1, in_all=in_all)  # type: ignore[operator]
    return list(rows.values())


def trial_mails(
    settings: Settings, ledger: Ledger, reference: str | Path, emails: Sequence[str], now: datetime
) -> list[TrialMail]:
    """Post an issue to single addresses, marked as a test; it touches no audience.

    Raises:
        RefusedError: Preflight found errors, or an address is suppressed; nothing was posted.
    """
    identity.require_armed(ledger, settings, now)
    # nobody waits for events of a test, and it is often the first mail of an account that is not set up yet
    rendered = _checked(settings, ledger, reference, now, ask_sendgrid=False).rendered
    gone = ConsentReader(ledger, Landing(settings.landing_dir), spellings=settings.gmail_merge).refresh()
    return send_trials(settings, ledger, rendered, emails, _provider(settings), gone)


def _due(
    settings: Settings, ledger: Ledger, reference: str | Path, segment: str | None, now: datetime
) -> list[tuple[datetime, str, int]]:
    frozen = issues.find(ledger, slug_of(settings, ledger, reference))
    if frozen is not None and frozen.frozen_at is not None:
        return [(max(at or now, now), lane, n) for _, lane, n, at in pacing.waiting(ledger, frozen.issue_id)]
    found = dry_run(settings, ledger, reference, segment=segment, ask_sendgrid=False, now=now)
    times = planned(settings, ledger, found.sizes, now)
    return [(at, lane, count) for at, (lane, count) in zip(times, found.sizes, strict=True)]


def _count(due: Sequence[tuple[datetime, str, int]], length: timedelta) -> int:
    return len({_start(at, length) for at, _, _ in due})


def _start(at: datetime, length: timedelta) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // length * length


def _checked(
    settings: Settings, ledger: Ledger, reference: str | Path, now: datetime, *, ask_sendgrid: bool
) -> Checked:
    far = replace(Reach.of_a_send(settings), account=ask_sendgrid)
    checked = delivery.check(settings, ledger, reference, now, reach_out=far)
    delivery.require_ok(checked)
    return checked


def _provider(settings: Settings) -> SendGridProvider:
    return SendGridProvider(settings.sendgrid_api_key, settings.sendgrid_api_host)
