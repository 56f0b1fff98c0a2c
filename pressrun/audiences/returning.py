"""Take a quarantine file apart again: into the tables its rows came from, each read as it was the first time.

The file may hold rows of several sources, and was on somebody's desk in between: columns may be gone or moved.
What counts is that a row nobody mended is judged as before, and that a mended one means what its source says.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from pressrun.audiences.kept_cells import restored
from pressrun.audiences.normalising import TOO_SHORT
from pressrun.audiences.profile import ADDRESS_NAMES, plain_name
from pressrun.audiences.profiles import all_profiles
from pressrun.audiences.quarantine import COLUMNS, EXTRA, ROW, SOURCE
from pressrun.audiences.read_as import ReadAs, read_as
from pressrun.audiences.recognising import Recognised, recognise
from pressrun.audiences.tables import RawTable

_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}:\d{1,9}")
_SECOND = re.compile(r" \(2\)$")


def recognise_all(
    table: RawTable,
    source: str = "auto",
    *,
    said: Mapping[str, str] | None = None,
    timezone: str | None = None,
) -> list[Recognised]:
    """Recognise one table, or each of the tables whose rows a quarantine file holds.

    Args:
        table: The table.
        source: A profile's source to take it for, or `auto`.
        said: What a person said about columns, as `meanings_said` gives it.
        timezone: Name of the zone of times that name none (IANA), or None for UTC.

    Raises:
        InputError: As `recognise`.
    """
    ours = _our_columns(list(table.frame.columns))
    if not ours:
        return [recognise(table, source, said=said, timezone=timezone)]
    told = _told(table.frame, ours)
    groups: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(zip(told[SOURCE], told["file"], strict=True)):
        groups.setdefault(key, []).append(place)
    recognised = []
    for (way, file), places in groups.items():
        first = read_as(way)
        first = ReadAs(
            source=first.source if source == "auto" else source,
            said={**first.said, **(said or {})},
            timezone=timezone or first.timezone,
        )
        part = _part(table, ours, told, first, file, np.array(places))
        recognised.append(_recognise_part(part, first, table.name))
    # what was skipped while reading is told once
    return [one if not n else replace(one, table=replace(one.table, skipped={})) for n, one in enumerate(recognised)]


def _our_columns(names: Sequence[str]) -> dict[str, str]:
    """Give the columns that the quarantine added, by what they are; none if the table does not come from there."""
    found: dict[str, str] = {}
    for name in names:
        if plain_name(name) in (*COLUMNS, SOURCE, ROW, EXTRA):
            found.setdefault(plain_name(name), name)
    # files of earlier versions had only the first four
    comes_from_there = {SOURCE, ROW} <= set(found) or tuple(names[: len(COLUMNS)]) == COLUMNS
    return found if comes_from_there else {}


def _told(frame: pd.DataFrame, ours: dict[str, str]) -> pd.DataFrame:
    """Give what the quarantine says of each row, "" where its column is gone."""
    return pd.DataFrame(
        {
            what: frame[ours[what]].str.strip().map(restored) if what in ours else pd.Series("", index=frame.index)
            for what in ("file", "row", "reason", SOURCE, ROW, EXTRA)
        }
    )


def _part(
    table: RawTable, ours: dict[str, str], told: pd.DataFrame, first: ReadAs, file: str, places: npt.NDArray[np.intp]
) -> RawTable:
    """Give the rows of one file as a table of its own, as they were the first time."""
    about = told.iloc[places]
    part = replace(
        table,
        name=file or table.name,
        path=Path(file) if file else table.path,
        frame=_own_frame(table.frame.iloc[places].drop(columns=list(ours.values())), first),
        lines=_lines(about["row"], table.lines[places]),
        row_ids=tuple(one if _ID.fullmatch(one) else "" for one in about[ROW]),
        extra=_extra(table, places, about[EXTRA]),
        notes=(),
    )
    return replace(part, cells=_cells(part, about["reason"]))


def _recognise_part(part: RawTable, first: ReadAs, name: str) -> Recognised:
    recognised = recognise(part, first.source, said=first.said, timezone=first.timezone)
    if first.source == "auto":
        return recognised
    # what was guessed then is said now; a few rows must not be guessed at again
    why = f"these rows come back from the quarantine, and {name} says so"
    return replace(recognised, why=why, guessed={}, notes=())


def _own_frame(frame: pd.DataFrame, first: ReadAs) -> pd.DataFrame:
    """Give the source's own cells and columns, without the columns of other sources in the same file."""
    frame = frame.rename(columns={name: _own_name(name) for name in frame.columns}).reset_index(drop=True)
    for name in frame.columns:
        marked = frame[name].str.startswith("'")
        if marked.any():
            frame[name] = frame[name].where(~marked, frame[name].map(restored))
    kept = _columns_kept(frame, first)
    return frame[[name for name in frame.columns if name in kept]]


def _own_name(name: str) -> str:
    """Give a column the name it had before it had to make room for one of ours."""
    plain = _SECOND.sub("", name)
    return plain if plain.casefold() in COLUMNS else restored(name)


def _columns_kept(frame: pd.DataFrame, first: ReadAs) -> set[str]:
    """Tell which columns the rows have: those with something in them, and those whose emptiness says something."""
    filled = {name for name in frame.columns if frame[name].str.strip().any()}
    profile = all_profiles().get(first.source)
    meant = {*(profile.address if profile else ()), *ADDRESS_NAMES}
    addresses = {name for name in frame.columns if plain_name(name) in meant} | {
        name for name, meaning in first.said.items() if meaning == "email"
    }
    telling = {name for name in frame.columns if profile and plain_name(name) in profile.must_be_filled}
    return filled | telling | (set() if addresses & filled else addresses)


def _lines(cells: "pd.Series[str]", present: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give the lines on which the rows were the first time; where that is gone, those of this file."""
    known = [
        int(cell) if cell.isdecimal() and len(cell) < 10 else int(line)
        for cell, line in zip(cells, present, strict=True)
    ]
    return np.array(known, dtype=np.int64)


def _extra(table: RawTable, places: npt.NDArray[np.intp], cells: "pd.Series[str]") -> dict[int, list[str]]:
    """Give the cells beyond the header: those kept from the first time until somebody empties them, and new ones."""
    found = {
        at: [*(next(csv.reader([cell])) if cell else []), *table.extra.get(int(place), [])]
        for at, (place, cell) in enumerate(zip(places, cells, strict=True))
    }
    return {at: extra for at, extra in found.items() if extra}


def _cells(part: RawTable, reasons: "pd.Series[str]") -> npt.NDArray[np.int64]:
    """Count the cells of each row: a row that ended early still does, as long as nobody filled it up."""
    width = len(part.frame.columns)
    cells = np.full(len(part.frame), width, dtype=np.int64)
    for at in np.flatnonzero((reasons == TOO_SHORT).to_numpy()):
        filled = [place for place, cell in enumerate(part.frame.iloc[at], start=1) if cell.strip()]
        cells[at] = max(filled, default=0)
    for row, extra in part.extra.items():
        cells[row] = width + len(extra)
    return cells
