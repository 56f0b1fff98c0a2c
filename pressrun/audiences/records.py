"""Part a text file into its header and rows, and remember on which line each row begins.

The rows are parted by Python's csv reader and not by pandas': pandas fills short rows up in silence and cannot
say on which line a row began, and both have to be told to the person who mends the file. Only a file in which
every line is proved to be one whole row is left to Arrow, which is several times as fast (`uniform`).
"""

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pressrun.audiences.addresses import key_or_reason, trim
from pressrun.audiences.encodings import MAX_LINE, Dialect, Encoding, next_line
from pressrun.audiences.sources import Source
from pressrun.audiences.uniform import Uniform, is_uniform, read_uniform
from pressrun.errors import InputError

MAX_ROWS = 5_000_000
MAX_COLUMNS = 500
#: Characters in one cell.
MAX_CELL = csv.field_size_limit()
#: Cells gathered as Python strings before they become columns.
_CELLS_AT_ONCE = 500_000
#: So much of what lies beyond the header is shown to the person who mends it.
_EXTRA_CELLS, _EXTRA_CHARACTERS = 20, 120


@dataclass(kw_only=True, slots=True)
class Records:
    """Rows gathered so far, kept column by column, so that a million of them need little memory."""

    header: list[str]
    #: Whether the file names its columns; if not, the names in `header` are made up.
    has_header: bool = True
    #: Finished pieces, their columns named by number.
    pieces: list[pa.Table] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    #: For each row the line on which it begins.
    lines: "array[int]" = field(default_factory=lambda: array("q"))
    #: For each row how many cells it had.
    cells: "array[int]" = field(default_factory=lambda: array("q"))
    #: The first cells beyond the header, cut short, by position of the row.
    extra: dict[int, list[str]] = field(default_factory=dict)
    #: Rows that are no data, by kind.
    skipped: dict[str, int] = field(default_factory=dict)
    #: All rows, where they were read at once and not added one by one.
    whole: Uniform | None = None

    def places(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Give for each row its line, and how many cells it had."""
        if self.whole is None:
            return np.asarray(self.lines, dtype=np.int64), np.asarray(self.cells, dtype=np.int64)
        lines = self.whole.lines
        return lines, np.broadcast_to(np.int64(len(self.header)), len(lines))

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
        if len(self.waiting) * width >= _CELLS_AT_ONCE:
            self.flush()

    def skip(self, kind: str, count: int = 1) -> None:
        """Count rows that are no data."""
        if count:
            self.skipped[kind] = self.skipped.get(kind, 0) + count

    def flush(self) -> None:
        """Turn the rows that wait into columns."""
        width = len(self.header)
        columns = zip(*self.waiting, strict=True) if self.waiting else [()] * width
        arrays = [pa.array(column, pa.string()) for column in columns]
        self.pieces.append(pa.Table.from_arrays(arrays, names=[str(number) for number in range(width)]))
        self.waiting = []

    def gather(self, rows: Iterator[tuple[int, list[str]]], source: Source) -> None:
        """Take all rows, each with its line, but for those that are no data.

        Raises:
            InputError: There are more than tables of subscribers have.
        """
        for line, row in rows:
            if not "".join(row).strip():
                self.skip("blank rows")
            elif row == self.header:
                self.skip("repeated headers")
            else:
                self.add(row, line)
                if len(self.lines) > MAX_ROWS:
                    raise too_many_rows(source)
        self.flush()

    def _cut(self, row: list[str]) -> int:
        """Cut a row to the header's width; cells beyond it count only if something is in them."""
        width, given = len(self.header), len(row)
        rest = row[width:]
        del row[width:]
        if not any(cell.strip() for cell in rest):
            return width
        self.extra[len(self.lines)] = [cell[:_EXTRA_CHARACTERS] for cell in rest[:_EXTRA_CELLS]]
        return given


def read_records(source: Source, encoding: Encoding, dialect: Dialect) -> Records:
    """Read all rows of a text file.

    Raises:
        InputError: A quote is never closed, or the table is larger than tables of subscribers are.
    """
    with source.text(encoding.codec) as file:
        rows = _rows(file, source, dialect)
        line, first = next(rows, (0, []))
        records = Records(header=first)
        refuse_width(source, len(first))
        if any(key_or_reason(trim(cell))[0] for cell in first):
            records = Records(header=_made_up(len(first)), has_header=False)
        before = line if records.has_header else line - 1
        if is_uniform(source, encoding, dialect, before, len(first)):
            return _at_once(records, source, dialect, before)
        if not records.has_header:
            records.add(list(first), line)
        records.gather(rows, source)
    return records


def refuse_width(source: Source, columns: int) -> None:
    """Refuse a table with more columns than tables of subscribers have."""
    if columns > MAX_COLUMNS:
        raise InputError(
            f"{source.name} has {columns:,} columns in its first row; {MAX_COLUMNS} are the limit. "
            "Nothing was changed; leave out the columns that no issue needs."
        )


def too_many_rows(source: Source) -> InputError:
    """Say that a table has more rows than tables of subscribers have."""
    return InputError(f"{source.name} has over {MAX_ROWS:,} rows. Nothing was changed; import it in several parts.")


def _made_up(width: int) -> list[str]:
    """Name the columns of a file that does not; one column of addresses needs no more names."""
    return ["email"] if width == 1 else [f"column {number}" for number in range(1, width + 1)]


def _at_once(records: Records, source: Source, dialect: Dialect, before: int) -> Records:
    found = read_uniform(source, dialect, before, records.header)
    if len(found.table) > MAX_ROWS:
        raise too_many_rows(source)
    records.skip("blank rows", found.blank)
    records.skip("repeated headers", found.repeated)
    records.pieces.append(found.table)
    records.whole = found
    return records


def _rows(file: TextIOWrapper, source: Source, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line on which it begins."""
    for number in range(dialect.lines_before):
        next_line(file, source, number + 1)
    taken: list[str] = []
    reader = csv.reader(_lines(file, source, taken, dialect), delimiter=dialect.delimiter, strict=True)
    begins = dialect.lines_before + 1
    while True:
        taken.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if len(taken) > 1 or not _is_misplaced(error):
                raise _broken(source, begins, str(error)) from None
            row = _with_misplaced_quotes(taken, dialect)
        yield begins, row
        begins = dialect.lines_before + reader.line_num + 1


def _lines(file: TextIOWrapper, source: Source, taken: list[str], dialect: Dialect) -> Iterator[str]:
    """Give the lines of a file, leaving those of the present row in `taken`."""
    number, size = dialect.lines_before + 1, 0
    while line := next_line(file, source, number):
        size = size + len(line) if taken else len(line)
        if size > MAX_LINE:
            raise _endless(source, number - len(taken))
        taken.append(line)
        yield line
        number += 1


def _with_misplaced_quotes(taken: Sequence[str], dialect: Dialect) -> list[str]:
    """Read a row with a quote in the wrong place that ends on its own line: `"Ann, A." <ann@example.net>`."""
    return next(csv.reader(taken, delimiter=dialect.delimiter))


def _endless(source: Source, line: int) -> InputError:
    return InputError(
        f"{source.name}: the row on line {line} goes on for more than {MAX_LINE:,} characters. "
        "Nothing was changed; look for a quote that is never closed."
    )


def _broken(source: Source, line: int, said: str) -> InputError:
    if "field limit" in said:
        return InputError(
            f"{source.name}, line {line} has a cell of more than {MAX_CELL:,} characters. "
            "Nothing was changed; shorten it, or look for a quote that is never closed."
        )
    return InputError(
        f"{source.name}: a quote that opens in the row on line {line} is never closed ({said}). "
        "Nothing was changed; close it, or write a quote that belongs to the text twice."
    )


def _is_misplaced(error: csv.Error) -> bool:
    """Tell a quote that closes before its cell ends from one that never closes."""
    return "expected after" in str(error)
