"""Part a text file into its header and rows, and remember on which line each row begins.

The rows are parted by Python's csv reader and not by pandas': pandas fills short rows up in silence and cannot
say on which line a row began, and both have to be told to the person who mends the file.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path

import pyarrow as pa

from pressrun.audiences.encodings import Dialect, Encoding, next_line
from pressrun.errors import InputError

MAX_ROWS = 5_000_000
MAX_COLUMNS = 500
_ROWS_AT_ONCE = 50_000


@dataclass(kw_only=True, slots=True)
class Records:
    """Rows gathered so far, kept column by column, so that a million of them need little memory."""

    header: list[str]
    #: Finished pieces, their columns named by number.
    pieces: list[pa.Table] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    #: For each row the line on which it begins.
    lines: list[int] = field(default_factory=list)
    #: For each row how many cells it had.
    cells: list[int] = field(default_factory=list)
    #: Cells beyond the header, by position of the row.
    extra: dict[int, list[str]] = field(default_factory=dict)
    #: Rows that are no data, by kind.
    skipped: dict[str, int] = field(default_factory=dict)

    def add(self, row: list[str], line: int) -> None:
        """Take one row; one that is too short or too long is kept and marked."""
        width, given = len(self.header), len(row)
        if given > width:
            given = self._cut(row)
        elif given < width:
            row += [""] * (width - given)
        self.waiting.append(row)
        self.lines.append(line)
        self.cells.append(given)
        if len(self.waiting) == _ROWS_AT_ONCE:
            self.flush()

    def skip(self, kind: str) -> None:
        """Count one row that is no data."""
        self.skipped[kind] = self.skipped.get(kind, 0) + 1

    def flush(self) -> None:
        """Turn the rows that wait into columns."""
        width = len(self.header)
        columns = zip(*self.waiting, strict=True) if self.waiting else [()] * width
        arrays = [pa.array(column, pa.string()) for column in columns]
        self.pieces.append(pa.Table.from_arrays(arrays, names=[str(number) for number in range(width)]))
        self.waiting = []

    def _cut(self, row: list[str]) -> int:
        """Cut a row to the header's width; cells beyond it count only if something is in them."""
        width, given = len(self.header), len(row)
        rest = row[width:]
        del row[width:]
        if not any(cell.strip() for cell in rest):
            return width
        self.extra[len(self.lines)] = rest
        return given


def read_records(path: Path, encoding: Encoding, dialect: Dialect) -> Records:
    """Read all rows of a text file.

    Raises:
        InputError: A quote is never closed, or the table is larger than tables of subscribers are.
    """
    with path.open(encoding=encoding.codec, newline="") as file:
        rows = _rows(file, path, dialect)
        header = next(rows, (0, []))[1]
        if len(header) > MAX_COLUMNS:
            raise InputError(
                f"{path.name} has {len(header):,} columns; {MAX_COLUMNS} are the limit. "
                "Nothing was changed; leave out the columns that no issue needs."
            )
        records = Records(header=header)
        _gather(records, rows, path)
    records.flush()
    return records


def _gather(records: Records, rows: Iterator[tuple[int, list[str]]], path: Path) -> None:
    header = records.header
    for line, row in rows:
        if not "".join(row).strip():
            records.skip("blank rows")
        elif row == header:
            records.skip("repeated headers")
        else:
            records.add(row, line)
            if len(records.lines) > MAX_ROWS:
                raise InputError(
                    f"{path.name} has over {MAX_ROWS:,} rows. Nothing was changed; import it in several parts."
                )


def _rows(file: TextIOWrapper, path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line on which it begins."""
    for number in range(dialect.lines_before):
        next_line(file, path, number + 1)
    taken: list[str] = []
    reader = csv.reader(_lines(file, path, taken), delimiter=dialect.delimiter, strict=True)
    begins = dialect.lines_before + 1
    while True:
        taken.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if len(taken) > 1 or not _is_misplaced(error):
                raise _broken(path, begins, str(error)) from None
            # a quote in the wrong place that ends on its own line harms nobody: `"Ann, A." <ann@example.net>`
            row = next(csv.reader(taken, delimiter=dialect.delimiter))
        yield begins, row
        begins = dialect.lines_before + reader.line_num + 1


def _lines(file: TextIOWrapper, path: Path, taken: list[str]) -> Iterator[str]:
    """Give the lines of a file, leaving those of the present row in `taken`."""
    number = 1
    while line := next_line(file, path, number):
        taken.append(line)
        yield line
        number += 1


def _broken(path: Path, line: int, said: str) -> InputError:
    if "field limit" in said:
        return InputError(
            f"{path.name}, line {line} has a cell of more than {csv.field_size_limit():,} characters. "
            "Nothing was changed; shorten it, or look for a quote that is never closed."
        )
    return InputError(
        f"{path.name}: a quote that opens in the row on line {line} is never closed ({said}). "
        "Nothing was changed; close it, or write a quote that belongs to the text twice."
    )


def _is_misplaced(error: csv.Error) -> bool:
    """Tell a quote that closes before its cell ends from one that never closes."""
    return "expected after" in str(error)
