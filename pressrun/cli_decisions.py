"""The commands by which a person decides: settle, pause, resume, cancel, suppress, unsuppress, arm."""

# Each command imports what it needs itself, so that `pressrun --help` answers at once.
import getpass
from pathlib import Path
from typing import Annotated

import typer

from pressrun import terminal
from pressrun.cli_parts import AsJson, IssueArgument, Why, now, reference_of, stores

decisions = typer.Typer()


@decisions.command(epilog="Example: pressrun settle welcome --batch 7 --as accepted --why 'seen in the activity feed'")
def settle(
    issue: Annotated[str | None, typer.Argument(help="The issue, when you decide a batch yourself.")] = None,
    batch: Annotated[int | None, typer.Option(help="The batch you decide.")] = None,
    as_: Annotated[str | None, typer.Option("--as", help="accepted, or not-accepted: then it is posted again.")] = None,
    why: Why = "",
    who: Annotated[Path | None, typer.Option(help="Write a CSV of who is in doubt.")] = None,
    json: AsJson = False,
) -> None:
    """Decide attempts in doubt: from events and policies, or a batch by your own word; show what still waits."""
    from pressrun.operations import control, ingesting
    from pressrun.operations.sending import slug_of
    from pressrun.operations.who import write_in_doubt

    with stores() as (settings, ledger):
        issue = None if issue is None else slug_of(settings, ledger, reference_of(issue))
        if batch or as_:
            by = getpass.getuser()
            said = control.settle(settings, ledger, issue, batch, as_, who=by, why=why, now=now())
            return terminal.show_done(said, {"decision": "settle", "issue_id": issue, "batch": batch}, json=json)
        settled = ingesting.settle_from_lake(settings, ledger, now())
        people = write_in_doubt(ledger, issue, who) if who else 0
    record = settled.as_json()
    record["waiting"] = [one for one in settled.as_json()["waiting"] if issue in (None, one["issue_id"])]
    terminal.show_alarms(settled.alarms)
    terminal.show_json(record) if json else terminal.show_settled(record)
    if who and not json:
        terminal.out.print(f"  {people:,} people in doubt: {who}", soft_wrap=True)
    raise typer.Exit(5 if record["waiting"] else 0)


@decisions.command(epilog="Example: pressrun pause welcome --why 'wrong link'")
def pause(issue: IssueArgument, why: Why = "", json: AsJson = False) -> None:
    """Hold an issue before its next POST."""
    _decide("pause", issue, why, json=json)


@decisions.command(epilog="Example: pressrun resume welcome")
def resume(issue: IssueArgument, why: Why = "", json: AsJson = False) -> None:
    """Let a paused issue go on with the next send."""
    _decide("resume", issue, why, json=json)


@decisions.command(epilog="Example: pressrun cancel welcome --why 'sent the wrong draft'")
def cancel(issue: IssueArgument, why: Why = "", json: AsJson = False) -> None:
    """Give up what was not posted yet, for good."""
    _decide("cancel", issue, why, json=json)


@decisions.command(epilog="Example: pressrun suppress someone@example.org --why 'asked by letter'")
def suppress(email: str, why: Why = "", json: AsJson = False) -> None:
    """Never mail an address again."""
    _decide("suppress", email, why, json=json)


@decisions.command(epilog="Example: pressrun unsuppress someone@example.org --why 'signed up again in person'")
def unsuppress(email: str, why: Why = "", json: AsJson = False) -> None:
    """Take an address off the suppressions."""
    from pressrun.operations import control

    with stores() as (settings, ledger):
        result = control.unsuppress(settings, ledger, email, who=getpass.getuser(), why=why, now=now())
    record = {"decision": "unsuppress", "result": result}
    terminal.show_done(control.said("unsuppress", email, result), record, json=json)


@decisions.command(epilog="Example: pressrun arm --why 'moved to the new machine'")
def arm(why: Why = "", json: AsJson = False) -> None:
    """Make this copy of the stores the one that may send, after a move or a restore."""
    from pressrun.operations import control

    with stores() as (settings, ledger):
        instance_id = control.arm(ledger, settings, who=getpass.getuser(), why=why, now=now())
    terminal.show_done(f"Instance {instance_id} may send from here.", {"instance_id": instance_id}, json=json)


def _decide(what: str, about: str, why: str, *, json: bool) -> None:
    """Carry out a person's decision about an issue or an address."""
    from pressrun.operations import control, site
    from pressrun.operations.sending import slug_of

    with stores() as (settings, ledger):
        subject = about if what == "suppress" else slug_of(settings, ledger, reference_of(about))
        decide = getattr(control, what)
        result = decide(ledger, subject, who=getpass.getuser(), why=why, now=now())
        if what == "cancel":
            site.announce(settings, ledger, subject)
    terminal.show_done(control.said(what, subject, result), {"decision": what, "result": result}, json=json)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(decisions)
