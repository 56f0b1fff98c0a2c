"""Read a Parquet file as text, piece by piece, so that a small file that says the same thing often stays small."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pressrun.audiences.json_lines import cell_of
from pressrun.audiences.records import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from pressrun.audiences.sources import Source, refuse_bomb
from pressrun.errors import InputError

_CELLS_AT_ONCE = 1_000_000


def read_parquet(source: Source) -> pa.Table:
    """Read all columns, every cell as text.

    Raises:
        InputError: It cannot be read, or is larger than tables of subscribers are.
    """
    try:
        with source.open() as opened, _file(source, opened) as file:
            _refuse_too_large(source, file)
            names = file.schema_arrow.names
            pieces = list(_pieces(source, file))
            schema = pa.schema([(str(number), pa.string()) for number in range(len(names))])
            return pa.Table.from_batches(pieces, schema).rename_columns(names)
    except (pa.ArrowException, OSError) as error:
        said = str(error).rstrip(".")
        raise InputError(f"{source.name} cannot be read as Parquet ({said}). Nothing was changed.") from None


def _file(source: Source, opened: object) -> pq.ParquetFile:
    """Open it so that equal texts are kept once until they are looked at."""
    schema = pq.read_schema(opened)
    opened.seek(0)  # type: ignore[attr-defined]
    texts = [one.name for one in schema if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)]
    return pq.ParquetFile(opened, read_dictionary=texts)


def _refuse_too_large(source: Source, file: pq.ParquetFile) -> None:
    about = file.metadata
    if about.num_rows > MAX_ROWS or about.num_columns > MAX_COLUMNS:
        raise InputError(
            f"{source.name} has {about.num_rows:,} rows and {about.num_columns:,} columns; "
            f"{MAX_ROWS:,} and {MAX_COLUMNS} are the limits. Nothing was changed."
        )
    unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    refuse_bomb(source.name, source.path.stat().st_size, unpacked)


def _pieces(source: Source, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    packed, unpacked, row = source.path.stat().st_size, 0, 1
    size = max(1, _CELLS_AT_ONCE // max(1, len(file.schema_arrow.names)))
    for batch in file.iter_batches(batch_size=min(size, 50_000)):
        columns = []
        for column in batch.columns:
            unpacked += _characters(source, column, row)
            refuse_bomb(source.name, packed, unpacked)
            columns.append(_as_text(column))
        row += len(batch)
        yield pa.RecordBatch.from_arrays(columns, names=[str(number) for number in range(len(columns))])


def _characters(source: Source, column: pa.Array, row: int) -> int:
    """Count what a column becomes as text, before it does."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.fill_null(pc.binary_length(column.dictionary).take(column.indices), 0)
    if len(lengths) and (longest := pc.max(lengths).as_py()) and longest > MAX_CELL:
        at = row + pc.index(lengths, longest).as_py()
        raise InputError(
            f"{source.name}, row {at} has a cell of more than {MAX_CELL:,} characters. Nothing was changed; shorten it."
        )
    return int(pc.sum(lengths).as_py() or 0)


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return pa.array([cell_of(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.fill_null(pc.cast(column, pa.string()), "")
