"""Show segments at a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from pressrun.terminal import out, show_sums


def show_segments(rows: Sequence[Mapping[str, Any]]) -> None:
    """Show all segments, a line each."""
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("segment")
    table.add_column("candidates", justify="right")
    table.add_column("what it says of itself", overflow="fold")
    for row in rows:
        takes = f"({', '.join(row['takes'])})" if row["takes"] else ""
        said = f"[red]{escape(row['problem'])}[/]" if row["problem"] else f"[dim]{escape(row['about'])}[/]"
        count = "" if row["candidates"] is None else f"{row['candidates']:,}"
        table.add_row(f"[bold]{escape(row['segment'])}[/]{takes}", count, said)
    out.print(table)


def show_segment(found: Mapping[str, Any]) -> None:
    """Show whom one segment would mail, who is left out, and what changed since the last issue."""
    out.print(f"[bold]{escape(found['segment'])}[/]  [dim]{escape(found['about'])}[/]", soft_wrap=True)
    excluded = sum(found["excluded"].values())
    sums = {"candidates": found["candidates"], "recipients": found["recipients"], "excluded": excluded}
    show_sums("Who would be mailed now", sums, "candidates", ("recipients", "excluded"))
    for reason, count in found["excluded"].items():
        out.print(f"      [dim]{count:>10,}  {reason}[/]")
    _show_difference(found["last_issue"])
    if found["sample"]:
        out.print("  [dim]some of them[/]")
    for person in found["sample"]:
        named = f"  {person['name']}" if person.get("name") else ""
        tags = f"  [dim]{escape(', '.join(person['tags'] or []))}[/]" if person["tags"] else ""
        out.print(f"    {escape(person['email'] + named)}{tags}", soft_wrap=True)


def show_checked(rows: Sequence[Mapping[str, Any]]) -> None:
    """Show which segments can be run."""
    for row in rows:
        if row["ok"]:
            takes = f"({', '.join(row['takes'])})" if row["takes"] else ""
            out.print(f"[green]✓[/] {escape(row['segment'])}{takes}")
        else:
            out.print(f"[red]✗[/] {escape(row['problem'])}", soft_wrap=True)


def _show_difference(last: Mapping[str, Any] | None) -> None:
    if last is None:
        return out.print("  [dim]No issue was sent yet that it could be compared with.[/]")
    return out.print(
        f"  Compared with [bold]{escape(last['issue_id'])}[/] ({escape(last['segment'])}, {last['recipients']:,} "
        f"recipients): [green]{last['new']:,} new[/], {last['same']:,} the same, [yellow]{last['gone']:,} gone[/].",
        soft_wrap=True,
    )
