"""The commands about subscriber tables."""

# Each command imports what it needs itself, so that `pressrun --help` answers at once.
import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from pressrun import terminal, terminal_audiences
from pressrun.cli_parts import AsJson, Why, now, stores
from pressrun.errors import InputError

audiences_app = typer.Typer()

_PARTS = ("inserted", "updated", "unchanged", "duplicate", "quarantined")


@audiences_app.command("import", epilog="Example: pressrun import crm.xlsx --dry-run --map 'E-Mail=email'")
def import_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="CSV, Excel, Parquet, JSON lines, or a ZIP of texts and spreadsheets.", show_default=False),
    ] = None,
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
    accept_anyway: Annotated[
        str | None, typer.Option(help="Take a table that breaks its contract, for this reason, which is kept.")
    ] = None,
    undo: Annotated[str | None, typer.Option(help="Undo the import of this id, the newest one.")] = None,
    why: Why = "",
    json: AsJson = False,
) -> None:
    """Check subscriber tables, quarantine what cannot be taken, and merge the rest; or undo that."""
    if undo is not None:
        return _undo(undo, files, why, json=json)
    if not files:
        raise InputError("Name at least one file to import, or --undo and the id of an import; nothing was changed.")
    if accept_anyway is not None and not accept_anyway.strip():
        raise InputError("--accept-anyway needs a reason, which is kept with the import; nothing was changed.")
    from pressrun import audiences
    from pressrun.audiences.meanings import meanings_said

    seen: list[dict[str, Any]] = []
    with stores() as (settings, ledger), terminal.progress_bar(quiet=json) as bars:

        def show(tables: Any) -> None:
            seen.extend(table.as_json() for table in tables)
            # also where the tables are refused afterwards: a column taken for something else is a usual reason
            if not json:
                (terminal_audiences.show_tables if dry_run else terminal_audiences.show_notes)(seen)

        summary = audiences.import_tables(
            files,
            settings,
            ledger,
            source=source,
            said=meanings_said(map_ or []),
            timezone=timezone,
            on_read=show,
            dry_run=dry_run,
            accept_because=accept_anyway,
            now=now(),
            progress=bars.fraction,
        ).as_json()
    if json:
        notes = [note for table in seen for note in table["notes"]]
        return terminal.show_json({**summary, **({"tables": seen} if dry_run else {"notes": notes})})
    title = f"Dry run {summary['import_id']}" if dry_run else f"Import {summary['import_id']}"
    terminal.show_sums(title, summary, "read", _PARTS)
    terminal.out.print(f"  report      {summary['report']}\n  quarantine  {summary['quarantine']}", soft_wrap=True)
    if dry_run:
        terminal.out.print("[dim]Nothing was changed.[/]")
    elif not summary["inserted"] and not summary["updated"]:
        why = "everybody in it is known just like this" if summary["unchanged"] else "no row of it could be taken"
        terminal.out.print(f"[dim]Nobody changed: {why}.[/]")


def _undo(import_id: str, files: list[Path] | None, why: str, *, json: bool) -> None:
    from pressrun.operations.undoing import undo_import

    if files:
        raise InputError("--undo takes no files; nothing was changed.")
    with stores() as (settings, ledger):
        undone = undo_import(settings, ledger, import_id, who=getpass.getuser(), why=why, now=now())
    said = (
        f"Import {import_id} is undone: {undone.removed:,} subscribers removed, {undone.restored:,} as before it, "
        f"{undone.kept:,} left as a person decided since; {undone.released:,} suppressions rested on it alone and are "
        "gone."
    )
    terminal.show_done(said, undone.as_json(), json=json)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(audiences_app)
