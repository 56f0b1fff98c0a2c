"""Show a person at a terminal what waits in quarantine."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from pressrun.terminal import out

_FILES = 2


def show_reasons(reasons: Sequence[Mapping[str, Any]]) -> None:
    """Show what waits by reason, with bars, and how to go on."""
    if not reasons:
        return out.print("[green]✓[/] The quarantine is empty.")
    most, total = max(one["rows"] for one in reasons), sum(one["rows"] for one in reasons)
    table = Table(
        title=f"{total:,} {'row waits' if total == 1 else 'rows wait'}",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2),
    )
    for heading in ("rows", "", "reason", "oldest", "files"):
        table.add_column(heading, header_style="dim", justify="right" if heading == "rows" else "left", overflow="fold")
    for one in reasons:
        table.add_row(
            f"{one['rows']:,}",
            "[red]" + "█" * max(1, round(12 * one["rows"] / most)) + "[/]",
            f"{escape(one['reason'])}\n[dim]{escape(one['meaning'])}[/]",
            one["oldest_at"][:10],
            escape(_some(one["files"])),
        )
    out.print(table)
    return out.print(
        "[dim]  Look at some: pressrun quarantine --reason CODE. Mend them: pressrun quarantine --out mend.csv, then "
        "pressrun import mend.csv.[/]",
        soft_wrap=True,
    )


def show_rows(rows: Sequence[Mapping[str, Any]], total: int) -> None:
    """Show single rows, addresses masked."""
    if not rows:
        return out.print("[green]✓[/] No such row waits.")
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("file", "row", "reason", "address", "what is wrong", "since"):
        table.add_column(heading, justify="right" if heading == "row" else "left", overflow="fold")
    for one in rows:
        words = (escape(one[name]) for name in ("reason", "address", "detail"))
        table.add_row(escape(one["file"]), f"{one['row']:,}", *words, one["quarantined_at"][:10])
    out.print(table)
    if total > len(rows):
        out.print(f"[dim]  and {total - len(rows):,} more; --limit shows them, --out FILE.csv writes them all.[/]")
    return None


def _some(files: Sequence[str]) -> str:
    more = f" and {len(files) - _FILES} more" if len(files) > _FILES else ""
    return ", ".join(files[:_FILES]) + more
