"""The commands that look at an issue before it goes out: check and preview."""

# Each command imports what it needs itself, so that `pressrun --help` answers at once.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pressrun import terminal
from pressrun.cli_parts import AsJson, IssueArgument, now, reference_of, stores, to_write
from pressrun.terminal_checking import show_check

if TYPE_CHECKING:
    from pressrun.delivery import Checked
    from pressrun.settings import Settings

checking = typer.Typer()


@checking.command(epilog="Example: pressrun check issues/welcome.md --links --page")
def check(
    issue: IssueArgument,
    links: Annotated[
        bool | None, typer.Option("--links/--no-links", help="Ask whether links and images are there.")
    ] = None,
    domain: Annotated[
        bool | None, typer.Option("--domain/--no-domain", help="Ask DNS about the sender's domain.")
    ] = None,
    sendgrid: Annotated[
        bool, typer.Option("--sendgrid", help="Ask SendGrid whether its events will arrive; a send always does.")
    ] = False,
    spam: Annotated[bool, typer.Option("--spam/--no-spam", help="Have SpamAssassin score it, if it is there.")] = True,
    page: Annotated[bool, typer.Option("--page", help="Write a page with the mail beside the findings.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where to write the page; default: below the stores.")] = None,
    json: AsJson = False,
) -> None:
    """Check one issue for mistakes; errors keep it from being sent."""
    from pressrun import delivery
    from pressrun.checks import Wanted

    with stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:
        wanted = Wanted(
            links=settings.check_links if links is None else links,
            domain=settings.check_domain if domain is None else domain,
            spam=spam,
        )
        reach = delivery.Reach(wanted=wanted, account=sendgrid, everyone=True, on_progress=bars.more("recipients"))
        checked = delivery.check(settings, ledger, reference_of(issue), now(), reach_out=reach)
        written = _write_page(settings, checked, out) if page or out else None
    record = checked.as_json() | ({"page": str(written)} if written else {})
    terminal.show_json(record) if json else show_check(record)
    raise typer.Exit(0 if checked.ok else 3)


@checking.command(epilog="Example: pressrun preview issues/welcome.md --as someone@example.org --out /tmp/preview")
def preview(
    issue: IssueArgument,
    as_: Annotated[str | None, typer.Option("--as", help="Show what this subscriber would get.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: previews below the stores.")] = None,
    json: AsJson = False,
) -> None:
    """Write one issue as HTML, plain text and .eml, as one person would get it."""
    from pressrun import delivery

    with stores() as (settings, _):
        written = delivery.preview(settings, reference_of(issue), email=as_, out=out, now=now())
    if json:
        return terminal.show_json({kind: str(path) for kind, path in written.items()})
    for kind, path in written.items():
        terminal.out.print(f"  {kind:<5} {path}", soft_wrap=True)


def _write_page(settings: "Settings", checked: "Checked", out: Path | None) -> Path:
    from pressrun.delivery.check_page import page_of

    folder = settings.private_home() / "previews"
    path = out or folder / f"{checked.rendered.issue_id}.check.html"
    content = page_of(checked, now())
    with to_write(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return path


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(checking)
