"""The command `pressrun`: calls the same functions as the flows, without Prefect."""

# Each command imports what it needs itself, so that `pressrun --help` answers at once.
import getpass
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pressrun import terminal
from pressrun.errors import PressrunError
from pressrun.settings import Settings, load_settings

if TYPE_CHECKING:
    from pressrun.delivery import SendStatus
    from pressrun.ledger import Ledger

app = typer.Typer(
    name="pressrun",
    help="A newsletter you own, run as a data pipeline: every recipient is accounted for.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Why = Annotated[str, typer.Option(help="The reason, kept with the decision.")]
IssueArgument = Annotated[str, typer.Argument(help="Path of a Markdown file, or a slug.", show_default=False)]


def main() -> None:
    """Run one command and end with its exit status."""
    terminal.configure_logs()
    # a polite stop ends open attempts like Ctrl-C does
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except PressrunError as error:
        terminal.show_error(error)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        terminal.err.print("[yellow]Interrupted.[/] Nothing half done counts; run it again to go on.")
        sys.exit(4)


@app.command("import", epilog="Example: pressrun import data/sample/subscribers.csv")
def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV or Parquet tables.", show_default=False)],
    source: Annotated[str, typer.Option(help="Where they come from; auto looks at the columns.")] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only, change nothing.")] = False,
    json: AsJson = False,
) -> None:
    """Check subscriber tables, quarantine what cannot be taken, and merge the rest."""
    from pressrun import audiences

    with _stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:
        summary = audiences.import_tables(
            files, settings, ledger, source=source, dry_run=dry_run, now=_now(), progress=bars.fraction
        ).as_json()
    if json:
        return terminal.show_json(summary)
    parts = ("inserted", "updated", "unchanged", "duplicate", "quarantined")
    terminal.show_sums(f"Import {summary['import_id']}", summary, "read", parts)
    terminal.out.print(f"  report      {summary['report']}\n  quarantine  {summary['quarantine']}", soft_wrap=True)


@app.command(epilog="Example: pressrun check issues/welcome.md")
def check(issue: IssueArgument, json: AsJson = False) -> None:
    """Check one issue for mistakes; errors keep it from being sent."""
    from pressrun import delivery

    with _stores() as (settings, ledger):
        checked = delivery.check(settings, ledger, _reference(issue), _now())
    terminal.show_json(checked.as_json()) if json else terminal.show_findings(checked.as_json())
    raise typer.Exit(0 if checked.ok else 3)


@app.command(epilog="Example: pressrun preview issues/welcome.md --out /tmp/preview")
def preview(
    issue: IssueArgument,
    as_: Annotated[str | None, typer.Option("--as", help="Show what this subscriber would get.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: previews below the stores.")] = None,
    json: AsJson = False,
) -> None:
    """Write one issue as HTML, plain text and .eml, as one person would get it."""
    from pressrun import delivery

    with _stores() as (settings, _):
        written = delivery.preview(settings, _reference(issue), email=as_, out=out, now=_now())
    if json:
        return terminal.show_json({kind: str(path) for kind, path in written.items()})
    for kind, path in written.items():
        terminal.out.print(f"  {kind:<5} {path}", soft_wrap=True)


@app.command(epilog="Example: pressrun send issues/welcome.md")
def send(
    issue: IssueArgument,
    segment: Annotated[str | None, typer.Option(help="Whom to send to, instead of the issue's own.")] = None,
    json: AsJson = False,
) -> None:
    """Check, freeze and submit one issue; safe to run again after anything."""
    from pressrun.delivery import Reporter
    from pressrun.operations.sending import send_issue

    began = time.monotonic()
    with _stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:
        reporter = Reporter(
            on_frozen=bars.more("render"), on_start=bars.total("submit"), on_submitted=bars.more("submit")
        )
        found, note = send_issue(settings, ledger, _reference(issue), segment=segment, reporter=reporter)
    _show(found.after(time.monotonic() - began), json=json)
    if note:
        terminal.err.print(f"[dim]{note}[/]", soft_wrap=True)
    raise typer.Exit(found.exit_status)


@app.command(epilog="Example: pressrun status welcome --json")
def status(
    issue: Annotated[str | None, typer.Argument(help="Path or slug; without one, all issues.")] = None,
    json: AsJson = False,
) -> None:
    """Say where an issue stands, computed from rows."""
    from pressrun import delivery
    from pressrun.ledger import issues
    from pressrun.operations.sending import look_at

    with _stores() as (settings, ledger):
        if issue is not None:
            return _show(look_at(settings, ledger, _reference(issue), _now()), json=json)
        known = issues.every_id(ledger)
        rows = [delivery.status_of(settings, ledger, issue_id).as_json() for issue_id in known]
    return terminal.show_json({"issues": rows}) if json else terminal.show_issues(rows)


@app.command(epilog="Example: pressrun ingest")
def ingest(json: AsJson = False) -> None:
    """Bring landed events into the lake, rebuild the marts, settle what was in doubt."""
    from pressrun.operations.ingesting import ingest_events

    with _stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:
        done = ingest_events(settings, ledger, now=_now(), progress=bars.more("events"))
    terminal.show_alarms(done.settlement.alarms)
    if json:
        return terminal.show_json(done.summary.as_json())
    terminal.show_sums("Ingest", done.summary.as_json(), "read", ("new", "duplicate", "ignored", "unreadable"))
    return terminal.show_settled(done.settlement.as_json(), quiet=True)


@app.command(epilog="Example: pressrun settle welcome --batch 7 --as accepted --why 'seen in the activity feed'")
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
    from pressrun.operations.who import write_in_doubt

    with _stores() as (settings, ledger):
        if batch or as_:
            by = getpass.getuser()
            said = control.settle(settings, ledger, issue, batch, as_, who=by, why=why, now=_now())
            return terminal.show_done(said, {"decision": "settle", "issue_id": issue, "batch": batch}, json=json)
        settled = ingesting.settle_from_lake(settings, ledger, _now())
        people = write_in_doubt(ledger, issue, who) if who else 0
    record = settled.as_json()
    record["waiting"] = [one for one in settled.as_json()["waiting"] if issue in (None, one["issue_id"])]
    terminal.show_alarms(settled.alarms)
    terminal.show_json(record) if json else terminal.show_settled(record)
    if who and not json:
        terminal.out.print(f"  {people:,} people in doubt: {who}", soft_wrap=True)
    raise typer.Exit(5 if record["waiting"] else 0)


@app.command(epilog="Example: pressrun pause welcome --why 'wrong link'")
def pause(issue: IssueArgument, why: Why = "", json: AsJson = False) -> None:
    """Hold an issue before its next POST."""
    _decide("pause", issue, why, json=json)


@app.command(epilog="Example: pressrun resume welcome")
def resume(issue: IssueArgument, why: Why = "", json: AsJson = False) -> None:
    """Let a paused issue go on with the next send."""
    _decide("resume", issue, why, json=json)


@app.command(epilog="Example: pressrun cancel welcome --why 'sent the wrong draft'")
def cancel(issue: IssueArgument, why: Why = "", json: AsJson = False) -> None:
    """Give up what was not posted yet, for good."""
    _decide("cancel", issue, why, json=json)


@app.command(epilog="Example: pressrun suppress someone@example.org --why 'asked by letter'")
def suppress(email: str, why: Why = "", json: AsJson = False) -> None:
    """Never mail an address again."""
    _decide("suppress", email, why, json=json)


@app.command(epilog="Example: pressrun unsuppress someone@example.org --why 'signed up again in person'")
def unsuppress(email: str, why: Why = "", json: AsJson = False) -> None:
    """Take an address off the suppressions."""
    from pressrun.operations import control

    with _stores() as (settings, ledger):
        result = control.unsuppress(settings, ledger, email, who=getpass.getuser(), why=why, now=_now())
    record = {"decision": "unsuppress", "result": result}
    terminal.show_done(control.said("unsuppress", email, result), record, json=json)


@app.command(epilog="Example: pressrun arm --why 'moved to the new machine'")
def arm(why: Why = "", json: AsJson = False) -> None:
    """Make this copy of the stores the one that may send, after a move or a restore."""
    from pressrun.operations import control

    with _stores() as (settings, ledger):
        instance_id = control.arm(ledger, settings, who=getpass.getuser(), why=why, now=_now())
    terminal.show_done(f"Instance {instance_id} may send from here.", {"instance_id": instance_id}, json=json)


@app.command(epilog="Example: pressrun receiver --port 8000")
def receiver(port: Annotated[int, typer.Option(help="Port on this machine.")] = 8000) -> None:
    """Take webhook events and unsubscribes into the landing zone."""
    from pressrun import receiver as service

    service.serve(load_settings(), port)


@app.command(epilog="Example: pressrun sandbox --port 8025 --webhook http://127.0.0.1:8000/webhooks/sendgrid")
def sandbox(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8025,
    webhook: Annotated[str | None, typer.Option(help="Where its events go.")] = None,
    faults: Annotated[Path | None, typer.Option(help="A fault script.")] = None,
    seed: Annotated[int, typer.Option(help="Makes what it plays repeatable.")] = 7,
) -> None:
    """Stand in for SendGrid: take mails, show them, play readers."""
    from pressrun.sandbox import SandboxConfig, serve

    folder = load_settings().private_home() / "sandbox"
    serve(SandboxConfig(port=port, data_dir=folder, webhook_url=webhook, faults=faults, seed=seed, api_key=None))


@app.command(epilog="Example: pressrun demo")
def demo(
    stop: Annotated[bool, typer.Option("--stop", help="Stop what an earlier demo left running.")] = False,
    json: AsJson = False,
) -> None:
    """Run all of it on sample data with the sandbox, through the Prefect flows."""
    from pressrun.operations import demo as demonstration

    settings = load_settings()
    say = terminal.err.print if json else terminal.out.print
    if stop:
        return demonstration.stop_services(settings, say)
    result = demonstration.run(settings, Path.cwd(), say)
    return terminal.show_json(result) if json else terminal.show_demo(result)


def _decide(what: str, about: str, why: str, *, json: bool) -> None:
    """Carry out a person's decision about an issue or an address."""
    from pressrun.operations import control
    from pressrun.operations.sending import slug_of

    with _stores() as (settings, ledger):
        subject = about if what == "suppress" else slug_of(settings, ledger, _reference(about))
        decide = getattr(control, what)
        result = decide(ledger, subject, who=getpass.getuser(), why=why, now=_now())
    terminal.show_done(control.said(what, subject, result), {"decision": what, "result": result}, json=json)


def _show(status: "SendStatus", *, json: bool) -> None:
    if json:
        return terminal.show_json(status.as_json())
    return terminal.show_status(status.as_json(), status.subject, status.stop_reason)


def _now() -> datetime:
    return datetime.now(UTC)


def _reference(issue: str) -> str | Path:
    """Tell a path from a slug."""
    return Path(issue) if issue.endswith((".md", ".markdown")) or "/" in issue else issue


@contextmanager
def _stores() -> "Iterator[tuple[Settings, Ledger]]":
    from pressrun.ledger import open_ledger

    settings = load_settings()
    ledger = open_ledger(settings)
    try:
        yield settings, ledger
    finally:
        ledger.close()


if __name__ == "__main__":
    main()
