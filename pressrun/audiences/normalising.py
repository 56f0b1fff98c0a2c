"""Bring one recognised table to our own columns, one row for each of its rows, nothing thrown away yet."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences.addresses import keys_of, trim
from pressrun.audiences.arrow import as_array, as_column, choose_filled, map_distinct, spaces_collapsed
from pressrun.audiences.profile import plain_name
from pressrun.audiences.recognising import Recognised
from pressrun.audiences.signs import ending_columns, sign_columns, statuses_of
from pressrun.audiences.times import ABSENT, AMBIGUOUS, INVALID, READ, Times, read_times

_ROWS_AT_ONCE = 100_000
_BETWEEN = "\x1f"
_NAME_AND_ADDRESS = re.compile(r"^\s*(.*?)\s*<\s*([^<>\s]+)\s*>\s*$")
_VERDICTS = (ABSENT, READ, AMBIGUOUS, INVALID)

WHOLE, TOO_LONG, TOO_SHORT = "whole", "row_too_long", "row_too_short"


@dataclass(frozen=True, kw_only=True, slots=True)
class NormalTable:
    """One table in our own columns."""

    recognised: Recognised
    #: row (place in the table), line, shape, address, address_key, address_problem, domain, name, status, tags
    #: and attributes (JSON text), dates (the worst verdict), consented_at, subscribed_at, changed_at, ended_at.
    frame: pd.DataFrame
    #: Rows that are no data, by kind.
    skipped: dict[str, int]
    notes: tuple[str, ...]
    #: The source's columns from which nothing was taken.
    left_out: tuple[str, ...]


def normalise(recognised: Recognised, now: datetime) -> NormalTable:
    """Bring one table to our own columns.

    Args:
        recognised: The table and what its columns mean.
        now: Dates later than a day after it are none.

    Raises:
        InputError: Nothing tells whether its rows may be mailed.
    """
    table = recognised.table
    address, repaired = _addresses(recognised)
    keys, problems = keys_of(address)
    dates = _dates(recognised, now)
    frame = pd.DataFrame(
        {
            "row": np.arange(len(table.frame)),
            "line": table.lines,
            "shape": _shapes(recognised),
            "address": as_column(pc.if_else(pc.equal(address, ""), None, address)),
            "address_key": as_column(keys),
            "address_problem": as_column(problems),
            "domain": as_column(pc.replace_substring_regex(keys, pattern="^.*@", replacement="")),
            "name": as_column(_names(recognised, repaired)),
            "status": statuses_of(recognised),
            "tags": as_column(_tags(recognised)),
            "attributes": as_column(_attributes(recognised)),
            **dates,
        }
    )
    frame, marks = _without_bookkeeping(frame, recognised)
    notes = list(recognised.notes)
    if repaired:
        notes.append(f"{len(repaired):,} addresses were written as “Name <address>” and taken out of it.")
    return NormalTable(
        recognised=recognised,
        frame=frame,
        skipped={**table.skipped, **({"marks of deleted accounts": marks} if marks else {})},
        notes=tuple(notes),
        left_out=tuple(c for c in table.frame.columns if plain_name(c) in recognised.profile.left_out),
    )


def _addresses(recognised: Recognised) -> tuple[pa.Array, dict[int, str]]:
    """Give the addresses, taken out of `Name <address>` where need be, and the names found by that."""
    cells = as_array(recognised.table.frame[recognised.address])
    address = map_distinct(cells, trim)
    bracketed = pc.indices_nonzero(pc.match_substring(address, "<")).to_pylist()
    found = {at: _NAME_AND_ADDRESS.match(address[at].as_py()) for at in bracketed}
    repairs = {at: match for at, match in found.items() if match is not None}
    if not repairs:
        return address, {}
    mask = np.zeros(len(address), dtype=bool)
    mask[list(repairs)] = True
    repaired = pc.replace_with_mask(address, pa.array(mask), pa.array([m[2] for m in repairs.values()]))
    return repaired, {at: match[1] for at, match in repairs.items()}


def _shapes(recognised: Recognised) -> "pd.Series[str]":
    """Say of each row whether it is whole; a row that ends early is, if it gets as far as the address."""
    table = recognised.table
    place = list(table.frame.columns).index(recognised.address)
    shapes = np.where(table.cells > len(table.frame.columns), TOO_LONG, WHOLE)
    return pd.Series(np.where(table.cells <= place, TOO_SHORT, shapes), dtype="str")


def _names(recognised: Recognised, repaired: dict[int, str]) -> pa.Array:
    profile, length = recognised.profile, len(recognised.table.frame)
    whole, first, last = (
        choose_filled(_cells(recognised, names), length)
        for names in (profile.name, profile.first_name, profile.last_name)
    )
    joined = pc.binary_join_element_wise(first, last, " ")
    names = spaces_collapsed(choose_filled([whole, joined], length))
    blank = [at for at in repaired if not names[at].as_py()]
    mask = np.zeros(length, dtype=bool)
    mask[blank] = True
    found = spaces_collapsed(pa.array([repaired[at].strip('" ') for at in sorted(blank)], pa.string()))
    return pc.replace_with_mask(names, pa.array(mask), found)


def _tags(recognised: Recognised) -> pa.Array:
    columns = _cells(recognised, recognised.profile.tags)
    length = len(recognised.table.frame)
    if not columns:
        return pa.array(["[]"] * length, pa.string())
    return map_distinct(pc.binary_join_element_wise(*columns, _BETWEEN), _tags_as_json)


def _tags_as_json(cells: str) -> str:
    tags = {" ".join(tag.split()) for cell in cells.split(_BETWEEN) for tag in tags_in(cell)}
    return orjson.dumps(sorted(tags - {""})).decode()


def tags_in(cell: str) -> Sequence[str]:
    """Part one cell of tags: a JSON list, a row of CSV with quotes, or words between `;` or `,`."""
    text = cell.strip()
    if text.startswith("["):
        try:
            return [str(tag) for tag in json.loads(text)]
        except ValueError:
            return [text]
    if '"' in text:
        return next(csv.reader([text.replace("\n", " ")], skipinitialspace=True), [])
    return text.split(";" if ";" in text else ",")


def _attributes(recognised: Recognised) -> pa.Array:
    """Give the columns that mean nothing to us as one JSON object a row, without its empty cells."""
    columns = attribute_columns(recognised)
    pieces = list(_json_pieces(recognised, columns))
    return pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())


def attribute_columns(recognised: Recognised) -> dict[str, str]:
    """Give the name of each attribute and the source's column that it is taken from."""
    profile = recognised.profile
    meant = [*profile.name, *profile.consented, *profile.subscribed, *profile.changed, *profile.tags]
    used = {recognised.address, *recognised.columns(meant), *sign_columns(recognised)}
    # a word about payment is worth keeping even where it says that somebody may be mailed
    used -= {column for column in recognised.columns(profile.status) if plain_name(column) != "status"}
    names: dict[str, str] = {}
    for place, column in enumerate(recognised.table.frame.columns, start=1):
        if column not in used and plain_name(column) not in profile.left_out:
            names[plain_name(column) or f"column_{place}"] = column
    return names


def _json_pieces(recognised: Recognised, columns: dict[str, str]) -> Iterator[pa.Array]:
    frame = recognised.table.frame
    names = list(columns)
    arrays = [pc.utf8_trim_whitespace(as_array(frame[column])) for column in columns.values()]
    for at in range(0, len(frame), _ROWS_AT_ONCE):
        cells = [array.slice(at, _ROWS_AT_ONCE).to_pylist() for array in arrays]
        rows = zip(*cells, strict=True) if cells else [()] * min(_ROWS_AT_ONCE, len(frame) - at)
        yield pa.array([_json_object(names, row) for row in rows], pa.string())


def _json_object(names: list[str], row: tuple[str, ...]) -> str:
    filled = {name: cell for name, cell in zip(names, row, strict=True) if cell}
    return orjson.dumps(filled, option=orjson.OPT_SORT_KEYS).decode() if filled else "{}"


def _dates(recognised: Recognised, now: datetime) -> dict[str, "pd.Series[pd.Timestamp] | pd.Series[str]"]:
    profile = recognised.profile
    consented = _first_read(recognised, recognised.columns(profile.consented), now)
    subscribed = _first_read(recognised, recognised.columns(profile.subscribed), now)
    changed = _first_read(recognised, recognised.columns(profile.changed), now)
    ended = _first_read(recognised, ending_columns(recognised), now)
    worst = np.maximum(_severity(consented.verdicts), _severity(subscribed.verdicts))
    return {
        "dates": pd.Series(np.array(_VERDICTS, dtype=object)[worst], dtype="str"),
        "consented_at": consented.moments,
        "subscribed_at": subscribed.moments,
        "changed_at": changed.moments,
        "ended_at": ended.moments,
    }


def _first_read(recognised: Recognised, columns: list[str], now: datetime) -> Times:
    """Read several columns of dates into one: the first that is filled counts."""
    length = len(recognised.table.frame)
    cells = choose_filled([as_array(recognised.table.frame[column]) for column in columns], length)
    return read_times(as_column(cells), now)


def _severity(verdicts: npt.NDArray[np.object_]) -> npt.NDArray[np.int8]:
    return np.asarray(pd.Categorical(verdicts, categories=_VERDICTS).codes)


def _cells(recognised: Recognised, names: Sequence[str]) -> list[pa.Array]:
    return [as_array(recognised.table.frame[column]) for column in recognised.columns(names)]


def _without_bookkeeping(frame: pd.DataFrame, recognised: Recognised) -> tuple[pd.DataFrame, int]:
    """Leave out the service's own marks, such as the stubs of deleted accounts, and count them."""
    pattern = recognised.profile.bookkeeping
    if pattern is None:
        return frame, 0
    marks = frame["address_key"].str.contains(pattern, regex=True, na=False)
    return frame[~marks].reset_index(drop=True), int(marks.sum())
