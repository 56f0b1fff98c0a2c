"""Rows that were not taken, as the lake keeps them: what they were, why, and what became of them."""

import hashlib
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences.arrow import as_array
from pressrun.audiences.findings import Checked
from pressrun.audiences.quarantine import kept_apart

_BETWEEN = "\x1f"
_HEX = 32
#: Cells joined at once.
_CELLS_AT_ONCE = 2_000_000


def hashes_of(frame: pd.DataFrame) -> "pd.Series[str]":
    """Give the hash of each raw row (SHA-256, its first 128 bits): evidence of what a table said about a person."""
    if not len(frame.columns):
        return pd.Series([], dtype="str")
    step = max(1_000, _CELLS_AT_ONCE // len(frame.columns))
    parts = (frame.iloc[at : at + step] for at in range(0, len(frame), step))
    return pd.Series([one for part in parts for one in _hashes(part)], dtype="str")


def _hashes(part: pd.DataFrame) -> list[str]:
    joined = pc.binary_join_element_wise(*(as_array(part[column]) for column in part.columns), _BETWEEN)
    return [hashlib.sha256(row.encode()).hexdigest()[:_HEX] for row in joined.to_pylist()]


def rows_apart(import_id: str, checked: Checked, known: Mapping[tuple[str, str], str]) -> pa.Table:
    """Give one row for each row that an import keeps apart.

    Args:
        import_id: The import.
        checked: Its rows.
        known: File and hash of the rows that wait in quarantine already → their ids, which they keep.
    """
    return kept_apart(import_id, checked.tables, checked.bad, known)


def returned(checked: Checked) -> pa.Table:
    """Give the rows of earlier imports that came back mended, and whether they could be taken now."""
    found: dict[str, str] = {}
    for number, table in enumerate(checked.tables):
        ids = table.recognised.table.row_ids
        if not ids:
            continue
        at = (checked.frame["file"] == number).to_numpy()
        for place, is_good in zip(checked.frame["row"][at], checked.judged.good[at], strict=True):
            if ids[place]:
                found[ids[place]] = "taken" if is_good else "again"
    return pa.table(
        {
            "quarantine_id": pa.array(list(found), pa.string()),
            "closed_as": pa.array(list(found.values()), pa.string()),
        }
    )
