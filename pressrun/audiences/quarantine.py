"""Write the rows that were not taken into a CSV, each with its reason, so that a person can mend them."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from pressrun.audiences.addresses import DOMAIN_INVALID, INVALID, address_key
from pressrun.audiences.normalising import TOO_LONG, TOO_SHORT, NormalTable
from pressrun.audiences.rules import REASONS
from pressrun.audiences.signs import sign_columns
from pressrun.audiences.times import YEAR_FIRST

COLUMNS = ("file", "row", "reason", "detail")
#: Cells that begin so would be computed by a spreadsheet (OWASP, "CSV Injection"), full-width forms included.
_COMPUTES = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LONGEST = 120
_YEAR_FIRST = re.compile(YEAR_FIRST)


def write_quarantine(path: Path, tables: Sequence[NormalTable], rows: pd.DataFrame) -> None:
    """Write the quarantined rows with the source's own columns, readable by the owner only.

    Args:
        path: Where to; it is written whole or not at all.
        tables: The tables of the import.
        rows: The quarantined rows of all tables, with file (number of the table), row and reason.
    """
    names = list(dict.fromkeys(c for table in tables for c in table.recognised.table.frame.columns))
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, *map(harmless, names)])
        for number, table in enumerate(tables):
            writer.writerows(_lines(table, rows[rows["file"] == number], names))
    draft.rename(path)


def harmless(cell: str) -> str:
    """Write a cell so that no spreadsheet computes it; a number such as -5 stays one."""
    if not cell.startswith(_COMPUTES) or _is_number(cell):
        return cell
    return f"'{cell}"


def _lines(table: NormalTable, rows: pd.DataFrame, names: Sequence[str]) -> Iterator[list[str]]:
    source = table.recognised.table
    own = source.frame.iloc[rows["row"].to_numpy()]
    cells = own.reindex(columns=list(names), fill_value="").itertuples(index=False, name=None)
    for place, line, reason, row in zip(rows["row"], rows["line"], rows["reason"], cells, strict=True):
        told = detail(table, int(place), str(reason))
        yield [source.path.name, str(line), str(reason), harmless(told), *map(harmless, row)]


def detail(table: NormalTable, place: int, reason: str) -> str:
    """Say what exactly is wrong with one row.

    Args:
        table: The row's table.
        place: The row's place in it.
        reason: Why it was quarantined.
    """
    source = table.recognised.table
    width, given = len(source.frame.columns), int(source.cells[place])
    if reason == TOO_LONG:
        return f"{given} cells, {width} columns; beyond them: {_shown(' | '.join(source.extra[place]))}"
    if reason == TOO_SHORT:
        return f"{given} cells, {width} columns"
    if reason in (INVALID, DOMAIN_INVALID):
        return _what_is_wrong(source.frame[table.recognised.address].iloc[place])
    cells = {c: str(source.frame[c].iloc[place]) for c in _columns_behind(table, reason)}
    if reason.startswith("date_"):
        # a date that begins with its year is at fault only if no other one is
        cells = {c: cell for c, cell in cells.items() if not _YEAR_FIRST.match(cell) and cell} or cells
    return "; ".join(f"{c}: {_shown(cell)}" for c, cell in cells.items()) or REASONS[reason]


def _columns_behind(table: NormalTable, reason: str) -> list[str]:
    """Give the source's columns that a reason is about."""
    recognised, profile = table.recognised, table.recognised.profile
    if reason == "status_unknown":
        return [*sign_columns(recognised), *recognised.columns(profile.must_be_filled)]
    if reason.startswith("date_"):
        return recognised.columns([*profile.consented, *profile.subscribed])
    if reason.startswith("name_"):
        return recognised.columns([*profile.name, *profile.first_name, *profile.last_name])
    return []


def _what_is_wrong(address: str) -> str:
    try:
        address_key(address)
    except ValueError as error:
        return str(error)
    return ""


def _shown(cell: str) -> str:
    """Show a cell with its invisible characters written out, in reasonable length."""
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cell)
    return f"“{text}”" if len(text) <= _LONGEST else f"“{text[:_LONGEST]}…”"


def _is_number(cell: str) -> bool:
    return cell[:1] in "+-" and cell[1:].replace(".", "", 1).isdecimal() and cell.isascii()
