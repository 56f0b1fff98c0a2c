"""Read one table as it came: every cell as text, nothing decided yet."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pressrun.audiences.addresses import key_or_reason, trim
from pressrun.audiences.encodings import dialect_of, encoding_of
from pressrun.audiences.records import MAX_COLUMNS, MAX_ROWS, read_records
from pressrun.errors import InputError

_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, kw_only=True, slots=True)
class RawTable:
    """One file's rows."""

    path: Path
    #: The source's own columns, all text; an empty cell is "".
    frame: pd.DataFrame
    #: For each row the line of the file on which it begins; for Parquet the number of the row.
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
    #: The column with the address, where it is known and need not be looked for.
    address: str = ""


def read_table(path: Path) -> RawTable:
    """Read one CSV or Parquet table.

    Raises:
        InputError: It is not there, cannot be read, has no header, or is larger than such tables are.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}. Nothing was changed; name an existing CSV or Parquet file.")
    return _read_parquet(path) if path.suffix.lower() in _PARQUET else _read_text(path)


def _read_text(path: Path) -> RawTable:
    encoding = encoding_of(path)
    dialect = dialect_of(path, encoding)
    records = read_records(path, encoding, dialect)
    _refuse_missing_header(path, records.header)
    names, notes = _unique_names(records.header)
    return RawTable(
        path=path,
        frame=_text_frame(pa.concat_tables(records.pieces).rename_columns(names)),
        lines=np.array(records.lines, dtype=np.int64),
        cells=np.array(records.cells, dtype=np.int64),
        extra=records.extra,
        reading=f"{encoding.title}, cells parted by {dialect.title}",
        sha256=encoding.sha256,
        skipped=records.skipped,
        notes=notes,
    )


def _refuse_missing_header(path: Path, header: list[str]) -> None:
    if any(key_or_reason(trim(cell))[0] for cell in header):
        raise InputError(
            f"{path.name} has no header: its first row holds an address. Nothing was changed; "
            "put a first line above it that names the columns, such as email,name."
        )


def _unique_names(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Name every column once: the unnamed by their place, the second of a name with a number."""
    names: list[str] = []
    notes: list[str] = []
    for place, given in enumerate(header, start=1):
        plain = " ".join(given.split())
        name = plain or f"column {place}"
        if not plain:
            notes.append(f"Column {place} has no name; it is kept as “{name}”.")
        count = sum(1 for other in names if other.casefold() == name.casefold())
        if count:
            notes.append(f"Two columns are called “{name}”; both are kept.")
            name = f"{name} ({count + 1})"
        names.append(name)
    return names, tuple(notes)


def _read_parquet(path: Path) -> RawTable:
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowException as error:
        raise InputError(f"{path.name} cannot be read as Parquet: {error}. Nothing was changed.") from None
    with file:
        if file.metadata.num_rows > MAX_ROWS or file.metadata.num_columns > MAX_COLUMNS:
            raise InputError(
                f"{path.name} has {file.metadata.num_rows:,} rows and {file.metadata.num_columns:,} columns; "
                f"{MAX_ROWS:,} and {MAX_COLUMNS} are the limits. Nothing was changed."
            )
        table = file.read()
    names, notes = _unique_names(table.column_names)
    texts = [_as_text(column) for column in table.columns]
    return RawTable(
        path=path,
        frame=_text_frame(pa.Table.from_arrays(texts, names=names)),
        lines=np.arange(1, table.num_rows + 1),
        cells=np.full(table.num_rows, len(names)),
        reading="Parquet",
        sha256=_sha256(path),
        notes=notes,
    )


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return pa.chunked_array([[_cell(value) for value in column.to_pylist()]], pa.string())
    return pc.fill_null(pc.cast(column, pa.string()), "")


def _cell(value: Any) -> str:
    """Write a nested value as the services do: a list as a row of CSV with quotes, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join('"' + item.replace('"', '""') + '"' for item in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _text_frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(strings_to_categorical=False)
    return frame.astype("str") if len(frame.columns) else frame


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
