"""The command `pressrun`: calls the same functions as the flows, without Prefect."""

# Each command imports what it needs itself, so that `pressrun --help` answers at once.
import signal
import sys
import time
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pressrun import (
    cli_audiences,
    cli_checking,
    cli_decisions,
    cli_quarantine,
    cli_segments,
    cli_site,
    cli_subscribers,
    cli_trying,
    cli_writing,
    terminal,
)
from pressrun.cli_parts import AsJson, IssueArgument, now, reference_of, stores
from pressrun.errors import InputError, PressrunError
from pressrun.settings import load_settings

if TYPE_CHECKING:
    from pressrun.delivery import SendStatus

app = typer.Typer(
    name="pressrun",
    help="A newsletter you own, run as a data pipeline: every recipient is accounted for.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)

cli_audiences.register(app)
cli_checking.register(app)
cli_decisions.register(app)
cli_quarantine.register(app)
cli_segments.register(app)
cli_site.register(app)
cli_subscribers.register(app)
cli_writing.register(app)


#: Commands that have no use for pandas.
_WITHOUT_PANDAS = frozenset(("check", "ingest", "segment", "send", "settle", "status"))


def main() -> None:
    """Run one command and end with its exit status."""
    terminal.configure_logs()
    if _WITHOUT_PANDAS.intersection(sys.argv[1:2]):
        # DuckDB and pyarrow look whether what they are handed is pandas' own, and load it for that: 0.4 s of each
        # command. Both do without it where it is not installed.
        sys.meta_path.insert(0, _NotInstalled())
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


class _NotInstalled(MetaPathFinder):
    """Say of pandas that it is not installed."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Refuse pandas, and leave all else to others."""
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not for this command", name=fullname)


@app.command(epilog="Example: pressrun send issues/welcome.md --plan")
def send(
    issue: IssueArgument,
    segment: Annotated[str | None, typer.Option(help="Whom to send to, instead of the issue's own.")] = None,
    at: Annotated[str | None, typer.Option(help="Send it at this time (ISO, UTC without a zone).")] = None,
    test: Annotated[list[str] | None, typer.Option(help="Send it to this address only, marked as a test.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Render it for all, post nothing.")] = False,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Post all in SendGrid's sandbox mode; no mail.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would go out when, post nothing.")] = False,
    json: AsJson = False,
) -> None:
    """Check, freeze and submit one issue; safe to run again after anything."""
    if sum(map(bool, (at, test, dry_run, rehearse, plan))) > 1:
        raise InputError("--at, --test, --dry-run, --rehearse and --plan exclude each other; nothing was done.")
    reference = reference_of(issue)
    if at:
        return cli_trying.schedule(reference, at, segment, json=json)
    if test:
        return cli_trying.trial(reference, test, json=json)
    if plan:
        return cli_trying.timetable(reference, segment, json=json)
    if dry_run or rehearse:
        return cli_trying.dry_run(reference, segment, ask_sendgrid=rehearse, json=json)
    return _send(reference, segment, json=json)


def _send(reference: str | Path, segment: str | None, *, json: bool) -> None:
    from pressrun.delivery import Reporter
    from pressrun.operations.sending import send_issue

    began = time.monotonic()
    with stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:
        reporter = Reporter(
            on_frozen=bars.more("render"), on_start=bars.total("submit"), on_submitted=bars.more("submit")
        )
        found, note = send_issue(settings, ledger, reference, segment=segment, reporter=reporter)
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

    with stores() as (settings, ledger):
        if issue is not None:
            return _show(look_at(settings, ledger, reference_of(issue), now()), json=json)
        known = issues.every_id(ledger)
        rows = [delivery.status_of(settings, ledger, issue_id).as_json() for issue_id in known]
    return terminal.show_json({"issues": rows}) if json else terminal.show_issues(rows)


@app.command(epilog="Example: pressrun ingest")
def ingest(json: AsJson = False) -> None:
    """Bring landed events into the lake, rebuild the marts, settle what was in doubt."""
    from pressrun.operations.ingesting import ingest_events

    with stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:
        done = ingest_events(settings, ledger, now=now(), progress=bars.more("events"))
    terminal.show_alarms(done.settlement.alarms)
    if json:
        return terminal.show_json(done.summary.as_json())
    terminal.show_sums("Ingest", done.summary.as_json(), "read", ("new", "duplicate", "ignored", "unreadable"))
    return terminal.show_settled(done.settlement.as_json(), quiet=True)


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


def _show(status: "SendStatus", *, json: bool) -> None:
    if json:
        return terminal.show_json(status.as_json())
    return terminal.show_status(status.as_json(), status.subject, status.stop_reason)


if __name__ == "__main__":
    main()
