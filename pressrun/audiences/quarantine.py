"""Keep the rows that were not taken, each with its reason, and write them as a CSV that a person can mend.

A row keeps its id from the day it was kept apart until it is taken or dropped, however often it comes back still
bad; so mending the same CSV in several sittings never counts a row twice.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa

from pressrun.audiences.kept_cells import harmless
from pressrun.audiences.normalising import NormalTable
from pressrun.audiences.read_as import written
from pressrun.audiences.reasons_told import detail

#: The public columns, before the source's own.
COLUMNS = ("file", "row", "reason", "detail")
#: Ours, after them: how the row was read, which row it is, and the cells it had beyond the header.
SOURCE, ROW, EXTRA = "pressrun_source", "pressrun_row", "pressrun_extra"

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("quarantine_id", "source", "file")),
        ("line", pa.int64()),
        *((name, pa.string()) for name in ("reason", "detail", "address_key", "row_hash", "cells")),
    ]
)
_ROWS_AT_ONCE = 20_000
#: How long an import's own file is kept.
_KEPT = timedelta(days=30)


def kept_apart(
    import_id: str, tables: Sequence[NormalTable], rows: pd.DataFrame, known: Mapping[tuple[str, str], str]
) -> pa.Table:
    """Give one row for each quarantined row, as the lake and the CSV hold it.

    Args:
        import_id: The import that keeps them apart.
        tables: The tables of the import.
        rows: The quarantined rows of all tables, with file (number of the table), row, line, reason,
            address_key and row_hash.
        known: File and hash of the rows that wait in quarantine already → their ids, which they keep.

    Returns:
        A table of `SCHEMA`; `cells` is a JSON object of the source's own cells as they came.
    """
    ids = _Ids(import_id, known)
    records = (
        _records(table, piece, ids)
        for number, table in enumerate(tables)
        for piece in _pieces(rows[rows["file"] == number])
    )
    return pa.concat_tables([SCHEMA.empty_table(), *(pa.Table.from_pylist(list(r), SCHEMA) for r in records)])


def write_quarantine(path: Path, rows: pa.Table) -> None:
    """Write quarantined rows with the source's own columns, readable by the owner only.

    Args:
        path: Where to; it is written whole or not at all.
        rows: As `kept_apart` gives them.
    """
    own, has_extra = _own_columns(rows)
    draft = path.with_name(f"{path.name}.draft")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, *map(harmless, own), SOURCE, ROW, *([EXTRA] if has_extra else [])])
        writer.writerows(_line(row, own, has_extra=has_extra) for row in _each(rows))
    draft.rename(path)


def forget_old_files(folder: Path, now: datetime) -> None:
    """Remove quarantine files of imports that are long past; they hold whole addresses.

    What waits is in the lake and can be written anew. Of trials and refused tables nothing else was kept, and the
    owner has the tables.

    Args:
        folder: Where they are.
        now: The present, aware.
    """
    for path in folder.glob("*.csv*"):
        begun = begun_at(path.name)
        if begun is not None and now - begun > _KEPT:
            path.unlink(missing_ok=True)


def begun_at(name: str) -> datetime | None:
    """Read when an import began from its id, with which the names of its files begin; None for another file's."""
    try:
        return datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


class _Ids:
    """Give each row the id it has already, or a new one of this import."""

    def __init__(self, import_id: str, known: Mapping[tuple[str, str], str]) -> None:
        self._import_id = import_id
        self._known = known
        self._number = 0
        self._given: set[str] = set()

    def take(self, brought: str, file: str, row_hash: str) -> str:
        """Keep the id a row brought or that the very same row has, but once: somebody may have copied a line."""
        self._number += 1
        known = brought or self._known.get((file, row_hash), "")
        given = known if known and known not in self._given else f"{self._import_id}:{self._number}"
        self._given.add(given)
        return given


def _pieces(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    return (rows.iloc[at : at + _ROWS_AT_ONCE] for at in range(0, len(rows), _ROWS_AT_ONCE))


def _records(table: NormalTable, rows: pd.DataFrame, ids: _Ids) -> Iterator[dict[str, Any]]:
    source = table.recognised.table
    names, way = list(source.frame.columns), written(table.recognised)
    own = source.frame.iloc[rows["row"].to_numpy()].itertuples(index=False, name=None)
    about = (rows[name] for name in ("row", "line", "reason", "address_key", "row_hash"))
    for place, line, reason, key, row_hash, row in zip(*about, own, strict=True):
        cells = dict(zip(names, row, strict=True))
        brought = source.row_ids[place] if source.row_ids else ""
        yield {
            "quarantine_id": ids.take(brought, source.name, str(row_hash)),
            "source": way,
            "file": source.name,
            "line": int(line),
            "reason": str(reason),
            "detail": detail(table, int(place), cells, str(reason)),
            "address_key": None if pd.isna(key) else str(key),
            "row_hash": str(row_hash),
            "cells": orjson.dumps({**cells, **_beyond(source.extra.get(place))}).decode(),
        }


def _beyond(extra: Sequence[str] | None) -> dict[str, str]:
    """Keep the cells beyond the header as one cell, itself a line of CSV."""
    if not extra:
        return {}
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(extra)
    return {EXTRA: line.getvalue()}


def _own_columns(rows: pa.Table) -> tuple[list[str], bool]:
    """Give the columns of all sources in the order they come in, and whether any row had cells beyond them."""
    names: dict[str, None] = {}
    known: set[tuple[str, ...]] = set()
    for row in _each(rows):
        keys = tuple(row["cells"])
        if keys not in known:
            known.add(keys)
            names.update(dict.fromkeys(keys))
    return [name for name in names if name != EXTRA], EXTRA in names


def _each(rows: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in rows.to_batches(max_chunksize=_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            yield {**row, "cells": orjson.loads(row["cells"])}


def _line(row: Mapping[str, Any], own: Sequence[str], *, has_extra: bool) -> list[str]:
    cells = row["cells"]
    told = [row["file"], str(row["line"]), row["reason"], row["detail"]]
    ours = [row["source"], row["quarantine_id"], *([cells.get(EXTRA, "")] if has_extra else [])]
    return [harmless(cell) for cell in (*told, *(cells.get(name, "") for name in own), *ours)]
