"""Read a table at once, if it can be proved beforehand that each of its lines is one whole row.

Nothing may be left to the taste of a parser: every line has as many cells as the header, every quote stands where a
cell begins or ends or is written twice, and no row goes over several lines. Then Arrow and Python's csv reader give
the same cells, and a row's line is its number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from pressrun.audiences.encodings import Dialect, Encoding
from pressrun.audiences.sources import Source

_PIECE = 1 << 20
#: Bytes of a line up to which no cell in it can be longer than the csv reader takes.
_LONGEST = 100_000
_LF, _CR, _QUOTE = 10, 13, 34
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True)
class Uniform:
    """A table read at once."""

    #: Columns named by number.
    table: pa.Table
    #: For each row its line.
    lines: npt.NDArray[np.int64]
    #: Rows that were left out.
    blank: int
    repeated: int


def is_uniform(source: Source, encoding: Encoding, dialect: Dialect, before: int, width: int) -> bool:
    """Say whether every line after the first `before` ones is one whole row of `width` cells.

    A file with no such line is not called uniform, nor is one that is not UTF-8: there is nothing to gain.
    """
    if not encoding.codec.startswith("utf-8") or not width or not dialect.delimiter.isascii():
        return False
    with source.open() as file:
        if any(not _is_plain(file.readline(_LONGEST + 1)) for _ in range(before)):
            return False
        pieces = _pieces(file)
        first = next(pieces, None)
        delimiter = ord(dialect.delimiter)
        return (
            first is not None
            and _is_whole(first, delimiter, width)
            and all(_is_whole(piece, delimiter, width) for piece in pieces)
        )


def read_uniform(source: Source, dialect: Dialect, before: int, header: list[str]) -> Uniform:
    """Read a table that is uniform; blank rows and repeated headers are left out and counted."""
    names = [str(number) for number in range(len(header))]
    with source.open() as file:
        table = pa.csv.read_csv(
            file,
            pa.csv.ReadOptions(skip_rows=before, column_names=names, block_size=_PIECE),
            pa.csv.ParseOptions(delimiter=dialect.delimiter, ignore_empty_lines=False),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    blank = _rows_where(table, lambda number, cells: pc.equal(pc.utf8_trim_whitespace(cells), ""))
    repeated = _rows_where(table, lambda number, cells: pc.equal(cells, header[number]))
    lines = np.arange(len(table), dtype=np.int64) + before + 1
    if len(blank) or len(repeated):
        kept = np.ones(len(table), dtype=bool)
        kept[blank] = kept[repeated] = False
        table, lines = table.filter(pa.array(kept)), lines[kept]
    return Uniform(table=table, lines=lines, blank=len(blank), repeated=len(repeated))


def _rows_where(table: pa.Table, holds: Callable[[int, pa.ChunkedArray], pa.ChunkedArray]) -> npt.NDArray[np.uint64]:
    """Give the rows for which something holds in every column, looking at fewer with each column."""
    rows: npt.NDArray[np.uint64] | None = None
    for number, column in enumerate(table.columns):
        cells = column if rows is None else column.take(pa.array(rows))
        found = pc.indices_nonzero(holds(number, cells)).to_numpy()
        rows = found if rows is None else rows[found]
        if not len(rows):
            break
    return np.array([], dtype=np.uint64) if rows is None else rows


def _is_plain(line: bytes) -> bool:
    """Say whether a line before the rows ends where it ends for Arrow too: in no quote, and at a line feed."""
    return (
        line.endswith(b"\n") and b"\r" not in line.removesuffix(b"\n").removesuffix(b"\r") and line.count(b'"') % 2 == 0
    )


def _pieces(file: IO[bytes]) -> Iterator[Bytes]:
    """Give pieces of whole lines; a line without end comes as it is, for it is refused anyway."""
    while piece := file.read(_PIECE):
        piece += file.readline(_LONGEST + 1)
        if not piece.endswith(b"\n"):
            piece += b"\n"
        yield np.frombuffer(piece, dtype=np.uint8)


def _is_whole(piece: Bytes, delimiter: int, width: int) -> bool:
    """Say whether each line of a piece is one whole row."""
    ends = np.flatnonzero(piece == _LF)
    parted = piece == delimiter
    quotes = piece == _QUOTE
    if quotes.any():
        inside: Bytes = np.bitwise_and(np.cumsum(quotes, dtype=np.uint8), np.uint8(1))
        if inside[ends].any() or not _are_in_place(piece, quotes, inside, delimiter):
            return False
        parted &= inside == 0
    counts = np.diff(np.cumsum(parted, dtype=np.int64)[ends], prepend=0)
    return bool(
        (counts == width - 1).all()
        and np.diff(ends, prepend=-1).max() <= _LONGEST
        and not (piece == 0).any()
        and (piece[np.flatnonzero(piece[:-1] == _CR) + 1] == _LF).all()
    )


def _are_in_place(piece: Bytes, quotes: npt.NDArray[np.bool_], inside: Bytes, delimiter: int) -> bool:
    """Say whether each quote opens where a cell begins, closes where one ends, or is written twice."""
    at = np.flatnonzero(quotes)
    opens = inside[at] == 1
    previous = np.where(at > 0, piece[at - 1], _LF)[opens]
    following = piece[at + 1][~opens]
    return bool(
        np.isin(previous, (delimiter, _LF, _QUOTE)).all() and np.isin(following, (delimiter, _LF, _CR, _QUOTE)).all()
    )
