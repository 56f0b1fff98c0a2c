"""What `pressrun send` does short of sending: schedule, plan, dry run, rehearsal, mails to single addresses."""

import getpass
from collections.abc import Sequence
from pathlib import Path

import typer

from pressrun import terminal
from pressrun.cli_parts import now, stores


def schedule(reference: str | Path, at: str, segment: str | None, *, json: bool) -> None:
    """Have the issue sent at a time by the scheduled flow."""
    from pressrun.operations.scheduling import schedule as put_on_schedule

    with stores() as (settings, ledger):
        made = put_on_schedule(settings, ledger, reference, at, segment=segment, who=getpass.getuser(), now=now())
    said = (
        f"Issue {made.issue_id} is scheduled for {made.due_at:%Y-%m-%d %H:%M} UTC, as it is now. The flow `due` sends "
        f"it (`make serve`); `pressrun cancel {made.issue_id}` takes it off."
    )
    terminal.show_done(said, {"issue_id": made.issue_id, "status": "scheduled", "due_at": made.due_at}, json=json)


def trial(reference: str | Path, emails: Sequence[str], *, json: bool) -> None:
    """Send the issue to single addresses, marked as a test."""
    from pressrun.operations.trying import trial_mails

    with stores() as (settings, ledger):
        done = trial_mails(settings, ledger, reference, emails, now())
    if json:
        terminal.show_json({"test": [{"email": one.email, "state": one.state, "said": one.said} for one in done]})
    else:
        terminal.show_trials([(one.email, one.state, one.said) for one in done])
    raise typer.Exit(0 if all(one.state == "accepted" for one in done) else 4)


def timetable(reference: str | Path, segment: str | None, *, json: bool) -> None:
    """Show what would go out when."""
    from pressrun.operations.trying import timetable as made_for

    with stores() as (settings, ledger):
        rows = made_for(settings, ledger, reference, segment=segment, now=now())
    terminal.show_json({"plan": rows}) if json else terminal.show_plan(rows)


def dry_run(reference: str | Path, segment: str | None, *, ask_sendgrid: bool, json: bool) -> None:
    """Render the issue for everyone and build every request; mail nobody."""
    from pressrun.operations.trying import dry_run as gone_through

    with stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:
        found = gone_through(
            settings,
            ledger,
            reference,
            segment=segment,
            ask_sendgrid=ask_sendgrid,
            now=now(),
            on_progress=bars.more("render"),
        ).as_json()
    terminal.show_json(found) if json else terminal.show_rehearsal(found)
    raise typer.Exit(3 if found["problems"] else 0)
