"""Show a person at a terminal what became of subscriber tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from pressrun.terminal import out

_COLOURS = {"you said so": "cyan", "by what is in it": "yellow"}


def show_tables(tables: Sequence[Mapping[str, Any]]) -> None:
    """Show what each table was taken for: its service, what each column means, and some cells."""
    for table in tables:
        out.print(Text.assemble((f"\n{table['file']}", "bold"), f"  {table['rows']:,} rows · {table['reading']}"))
        out.print(Text(f"Taken for {table['source']}, because {table['why']}."), soft_wrap=True)
        out.print(_columns(table["columns"]))
        show_notes([table])
    out.print(
        Text("Something else than it means? --map “COLUMN=MEANING”, such as --map “Since=subscribed_at”.\n", "dim")
    )


def show_notes(tables: Sequence[Mapping[str, Any]]) -> None:
    """Show what was not read of the files, and what else is odd about them."""
    for note in (note for table in tables for note in table["notes"]):
        out.print(Text.assemble(("! ", "yellow"), note), soft_wrap=True)


def _columns(columns: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("column", "means", "known", "samples"):
        table.add_column(heading, overflow="fold")
    for one in columns:
        ignored = one["meaning"] == "ignore"
        table.add_row(
            Text(one["column"]),
            Text(one["meaning"], "dim" if ignored else "bold"),
            Text(one["how"], _COLOURS.get(one["how"], "dim")),
            Text(" · ".join(one["samples"]), "dim"),
        )
    return table
