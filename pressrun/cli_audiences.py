"""The commands about subscriber tables."""

# Each command imports what it needs itself, so that `pressrun --help` answers at once.
from pathlib import Path
from typing import Annotated, Any

import typer

from pressrun import terminal, terminal_audiences
from pressrun.cli_parts import AsJson, now, stores

audiences_app = typer.Typer()

_PARTS = ("inserted", "updated", "unchanged", "duplicate", "quarantined")


@audiences_app.command("import", epilog="Example: pressrun import crm.xlsx --dry-run --map 'E-Mail=email'")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, Excel, Parquet, JSON lines, or ZIP of these texts.", show_default=False)
    ],
    source: Annotated[str, typer.Option(help="Where they come from; auto looks at the columns.")] = "auto",
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="What a column means, as COLUMN=MEANING; may be repeated.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Zone of times that name none, such as Europe/Berlin; UTC if not said.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what columns mean and what would happen; change nothing.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Check subscriber tables, quarantine what cannot be taken, and merge the rest."""
    from pressrun import audiences
    from pressrun.audiences.meanings import meanings_said

    seen: list[dict[str, Any]] = []
    with stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:

        def show(tables: Any) -> None:
            seen.extend(table.as_json() for table in tables)
            # also where the tables are refused afterwards: a column taken for something else is a usual reason
            if dry_run and not json:
                terminal_audiences.show_tables(seen)

        summary = audiences.import_tables(
            files,
            settings,
            ledger,
            source=source,
            said=meanings_said(map_ or []),
            timezone=timezone,
            on_read=show,
            dry_run=dry_run,
            now=now(),
            progress=bars.fraction,
        ).as_json()
    if json:
        return terminal.show_json({**summary, **({"tables": seen} if dry_run else {})})
    title = f"Dry run {summary['import_id']}" if dry_run else f"Import {summary['import_id']}"
    terminal.show_sums(title, summary, "read", _PARTS)
    terminal.out.print(f"  report      {summary['report']}\n  quarantine  {summary['quarantine']}", soft_wrap=True)
    if dry_run:
        terminal.out.print("[dim]Nothing was changed.[/]")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(audiences_app)
