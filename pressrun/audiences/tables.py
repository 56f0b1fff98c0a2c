"""Read tables as they came: every cell as text, nothing decided yet."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pressrun.audiences.archives import BROKEN, tables_in
from pressrun.audiences.encodings import dialect_of, encoding_of
from pressrun.audiences.json_lines import read_json_lines
from pressrun.audiences.parquet_tables import read_parquet
from pressrun.audiences.records import Records, read_records
from pressrun.audiences.sources import Source, kind_of, refuse_bomb
from pressrun.audiences.spreadsheets import read_spreadsheet
from pressrun.errors import InputError

_PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class RawTable:
    """The rows of one table."""

    #: The file it lies in.
    path: Path
    #: For people: the file's name, and the member's behind it if the file is an archive.
    name: str
    #: The source's own columns, all text; an empty cell is "".
    frame: pd.DataFrame
    #: For each row the line of the file on which it begins; in Parquet and spreadsheets the number of the row.
    lines: npt.NDArray[np.int64]
    #: For each row how many cells it had.
    cells: npt.NDArray[np.int64]
    #: Cells beyond the header, by position of the row.
    extra: dict[int, list[str]] = field(default_factory=dict)
    #: For people: how the file was read.
    reading: str
    sha256: str
    #: Rows that are no data, by kind.
    skipped: dict[str, int] = field(default_factory=dict)
    #: What a person should know about the names of the columns.
    notes: tuple[str, ...] = ()
    #: For each row the id it has in quarantine, "" where it has none; empty for a table that does not come from there.
    row_ids: tuple[str, ...] = ()
    #: Whether the file names its columns; if not, their names are made up.
    has_header: bool = True


def read_tables(path: Path) -> list[RawTable]:
    """Read the tables of one file: one, or as many as there are in an archive.

    Args:
        path: CSV or other delimited text, JSON lines, Parquet, a spreadsheet, or a ZIP archive of texts.

    Raises:
        InputError: It is not there, cannot be read, or is larger than such tables are.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}. Nothing was changed; name an existing table.")
    source = Source.of(path)
    if kind_of(source) != "archive":
        return [_read(source)]
    members, left_out = tables_in(path)
    first, *others = [_read_member(member) for member in members]
    return [replace(first, notes=(*first.notes, left_out)) if left_out else first, *others]


def read_table(path: Path) -> RawTable:
    """Read a file that holds one table.

    Raises:
        InputError: As `read_tables`, and if it is an archive with several.
    """
    table, *others = read_tables(path)
    if others:
        raise InputError(f"{path.name} holds {len(others) + 1} tables. Nothing was changed; name one of them.")
    return table


def _read_member(source: Source) -> RawTable:
    try:
        return _read(source)
    except BROKEN as error:
        raise InputError(
            f"{source.name} cannot be unpacked ({error}). Nothing was changed; fetch the archive again."
        ) from None


def _read(source: Source) -> RawTable:
    kind = kind_of(source)
    if kind == "parquet":
        return _from_parquet(source)
    if kind == "spreadsheet":
        sheet = read_spreadsheet(source)
        return _table(source, sheet.records, f"spreadsheet, {sheet.title}", _sha256(source), sheet.notes)
    if kind == "archive":
        raise InputError(f"{source.name} is an archive in an archive. Nothing was changed; unpack it first.")
    size = source.path.stat().st_size if not source.member else 0
    refuse_bomb(source.name, size, size)
    encoding = encoding_of(source)
    if kind == "json lines":
        return _table(source, read_json_lines(source, encoding), f"JSON lines, {encoding.title}", encoding.sha256)
    dialect = dialect_of(source, encoding)
    reading = f"{encoding.title}, cells parted by {dialect.title}"
    return _table(source, read_records(source, encoding, dialect), reading, encoding.sha256)


def _table(source: Source, records: Records, reading: str, sha256: str, told: Sequence[str] = ()) -> RawTable:
    names, notes = _unique_names(records.header)
    lines, cells = records.places()
    return RawTable(
        path=source.path,
        name=source.name,
        frame=_text_frame(pa.concat_tables(records.pieces).rename_columns(names)),
        lines=lines,
        cells=cells,
        extra=records.extra,
        reading=reading,
        sha256=sha256,
        skipped=records.skipped,
        notes=(*told, *notes),
        has_header=records.has_header,
    )


def _from_parquet(source: Source) -> RawTable:
    table = read_parquet(source)
    names, notes = _unique_names(table.column_names)
    return RawTable(
        path=source.path,
        name=source.name,
        frame=_text_frame(table.rename_columns(names)),
        lines=np.arange(1, table.num_rows + 1),
        cells=np.full(table.num_rows, len(names)),
        reading="Parquet",
        sha256=_sha256(source),
        notes=notes,
    )


def _unique_names(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Name every column once: the unnamed by their place, the second of a name with a number."""
    names: dict[str, str] = {}
    notes: list[str] = []
    for place, given in enumerate(header, start=1):
        plain = " ".join(given.split())
        name = plain or f"column {place}"
        if not plain:
            notes.append(f"Column {place} has no name; it is kept as “{name}”.")
        if name.casefold() in names:
            notes.append(f"Two columns are called “{name}”; both are kept.")
        tried = (f"{name} ({number})" for number in range(2, len(header) + 2))
        free = name if name.casefold() not in names else next(one for one in tried if one.casefold() not in names)
        names[free.casefold()] = free
    return list(names.values()), tuple(notes)


def _text_frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(strings_to_categorical=False)
    return frame.astype("str") if len(frame.columns) else frame


def _sha256(source: Source) -> str:
    with source.open() as file:
        digest = hashlib.sha256()
        for piece in iter(lambda: file.read(_PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()
